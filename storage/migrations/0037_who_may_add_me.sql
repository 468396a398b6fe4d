-- Whom an account lets put it into groups at once; the others invite it. A constant default: no rewrite.
ALTER TABLE users
    ADD COLUMN who_may_add_me text NOT NULL DEFAULT 'everybody',
    ADD CONSTRAINT users_who_may_add_me CHECK (who_may_add_me IN ('everybody', 'followed', 'nobody')) NOT VALID;
