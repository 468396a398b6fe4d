-- A banner for each profile. Instances before it do not know that it refers to an image, so one of them may
-- sweep a banner that is an hour old; what is set while both run is to be set again then.
ALTER TABLE profiles ADD COLUMN banner text REFERENCES media ON DELETE SET NULL;
CREATE INDEX profiles_banner ON profiles (banner) WHERE banner IS NOT NULL;
