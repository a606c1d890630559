-- The part of an interval's error that averages out (variance, joules squared), and the band of net.
-- Before, both were unknown: no variance, no band of net.
ALTER TABLE ledger ADD COLUMN variance REAL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN net_low_joules REAL;
ALTER TABLE ledger ADD COLUMN net_high_joules REAL;

-- Where each device's counter stood when it was last stored, to recover what was drawn while the
-- daemon was down. Times count from the boot.
CREATE TABLE counters_read (
  device TEXT PRIMARY KEY,
  position TEXT NOT NULL,
  read_us INTEGER NOT NULL,
  boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a plug meter showed beside what a device's sensor said, one row a load level.
CREATE TABLE calibrations (
  device TEXT NOT NULL,
  sensor_watts REAL NOT NULL,
  plug_watts REAL NOT NULL,
  measured_unix_us INTEGER NOT NULL,
  PRIMARY KEY (device, measured_unix_us)
) STRICT, WITHOUT ROWID;
