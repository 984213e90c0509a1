-- Time steps of an app that were accepted while the clock was ahead, and lie in the future since it was set
-- right: "FROM-TO,FROM-TO". The MAC covers it where it is not empty.
ALTER TABLE authenticator ADD COLUMN spent_later TEXT NOT NULL DEFAULT '';
