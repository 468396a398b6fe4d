-- outside a transaction
-- The requests that somebody has, and the direct conversations that somebody has opened of late. Writers go on
-- meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS participants_requests;
CREATE INDEX CONCURRENTLY participants_requests ON participants (user_id, conversation_id) WHERE is_request;
DROP INDEX CONCURRENTLY IF EXISTS conversations_opened;
CREATE INDEX CONCURRENTLY conversations_opened ON conversations (creator_id, created_at) WHERE kind = 'direct';
