-- what was spent by month
CREATE TABLE spending (
    month TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    billed_metrics INTEGER NOT NULL,
    PRIMARY KEY (month, account, region)
) WITHOUT ROWID;
