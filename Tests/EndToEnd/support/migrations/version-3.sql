-- cursors of remote write
CREATE TABLE remote_write_cursors (
    receiver TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    subject TEXT NOT NULL,
    start INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (receiver, account, region, subject)
) WITHOUT ROWID;
