-- Who asks again: one random word for each telephone number or account of another system, gone with its last requester.
ALTER TABLE requester ADD COLUMN known_by text, ADD COLUMN caller_ref text;
CREATE INDEX requester_known_by ON requester (known_by);
