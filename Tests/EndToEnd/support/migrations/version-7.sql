-- quota tokens by pool
CREATE TABLE quota_token_totals (
    series_id INTEGER NOT NULL REFERENCES series (id),
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    sum REAL NOT NULL,
    exposed REAL NOT NULL,
    PRIMARY KEY (series_id, scope, model)
) WITHOUT ROWID;
