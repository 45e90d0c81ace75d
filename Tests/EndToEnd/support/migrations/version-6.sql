-- minutes that changed after remote write sent them
CREATE TABLE remote_write_revisions (
    receiver TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    subject TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (receiver, account, region, subject, start)
) WITHOUT ROWID;
