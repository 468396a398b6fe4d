-- A quote whose quoted post is deleted stays. NOT VALID: no row was there to be looked at, and none is read.
ALTER TABLE posts
    ADD CONSTRAINT posts_quote_of FOREIGN KEY (quote_of) REFERENCES posts ON DELETE SET NULL NOT VALID;
