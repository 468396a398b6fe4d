"""What holds each promise: the mechanism, how to break it, and the test that must fail then.

`promise` are words of docs/contract.md or README.md. A patch is the text `old` of a file, which
stands there once, and what to put in its place. `make mutants` tries them all.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mechanism that is broken, and the test that finds out."""

    mechanism: str
    promise: str
    file: str
    old: str
    new: str
    test: str

    @property
    def name(self) -> str:
        """The words of its mechanism, as an argument of the command."""
        return "-".join(self.mechanism.lower().replace(",", "").split())


DELIVERY = "tests/realtime/delivery/"

MUTANTS = [
    # Nothing lost
    Mutant(
        "A gap between hints is read from the log",
        "Nothing lost",
        "realtime/delivery/user_stream.py",
        "        elif self._held:\n            self.read_log()",
        "        else:\n            self._held.clear()",
        DELIVERY
        + "test_user_stream.py::test_lost_hints_are_read_from_the_log_when_a_later_one_comes",
    ),
    Mutant(
        "A gap of which one hears as the log of before it is read is read after it",
        "Nothing lost",
        "realtime/delivery/user_stream.py",
        "            self._expect_missing()  # it may read what was there before them",
        "            pass",
        DELIVERY + "test_user_stream.py::"
        "test_a_hint_that_comes_as_the_log_of_before_it_is_read_does_not_wait_for_another",
    ),
    Mutant(
        "The reconciler reads logs that are ahead",
        "With Redis away, connected clients get it late",
        "realtime/delivery/reconciler.py",
        "        await self._logs(users)\n",
        "",
        "tests/faults/test_hints_lost.py"
        "::test_with_all_hints_dropped_the_last_message_and_post_come_by_the_reconciler",
    ),
    Mutant(
        "The reconciler reads feed entries without a hint",
        "Nothing lost",
        "realtime/delivery/reconciler.py",
        "        await self._feeds(now.horizon)\n",
        "",
        DELIVERY + "test_live_posts.py"
        "::test_without_redis_a_post_right_after_the_follow_is_heard_by_the_reconciler",
    ),
    Mutant(
        "The reconciler sends a client no entries of before it came",
        "What was there before a client came is sent to it nowhere else",
        "realtime/delivery/client_session.py",
        "if not self.closing and (entry is None or entry.xid >= self.feed_from):",
        "if not self.closing:",
        DELIVERY + "test_reconciler.py::test_who_connects_is_not_sent_what_was_posted_before",
    ),
    Mutant(
        "What was missed is replayed",
        "Nothing lost",
        "realtime/delivery/recovery.py",
        "session.seq = snapshot.position.seq - resume.missed",
        "session.seq = snapshot.position.seq",
        DELIVERY + "test_recovery.py"
        "::test_missed_events_follow_in_order_whichever_instance_one_comes_back_to",
    ),
    Mutant(
        "An idempotency key leads to its first result",
        "a retry within 24 h answers the",
        "storage/idempotency.py",
        "    return used.result_id",
        "    return None",
        "tests/storage/test_idempotency.py::test_key_leads_to_its_first_result",
    ),
    Mutant(
        "A body of long-polling is read whole",
        "Nothing lost",
        "realtime/transport/polling.py",
        "            while piece := await request.content.readany():\n",
        "            if piece := await request.content.readany():\n",
        "tests/realtime/transport/test_polling_bodies.py"
        "::test_a_body_in_two_segments_is_carried_out_whole",
    ),
    Mutant(
        "Jobs of a dead worker go to others",
        "runs background jobs",
        "storage/jobs/claims.py",
        "(worker IS NULL OR (worker <> $3::uuid\n"
        "                                          AND lease_until <= statement_timestamp()))",
        "worker IS NULL AND $3::uuid IS NOT NULL",
        "tests/storage/test_job_claims.py"
        "::test_jobs_of_a_dead_worker_go_to_others_when_their_lease_has_lapsed",
    ),
    # In order, once
    Mutant(
        "Hints that overtake one another are held",
        "In order, once",
        "realtime/delivery/user_stream.py",
        "self._held.pop(self.head + 1, None)",
        "self._held.pop(min(self._held, default=0), None)",
        DELIVERY + "test_user_stream.py"
        "::test_hints_that_overtake_one_another_are_put_in_order_without_reading",
    ),
    Mutant(
        "A client that is behind reads on before it is live",
        "In order, once",
        "realtime/delivery/user_stream.py",
        "if self.head is not None and session.seq < self.head:",
        "if self.head is None and session.seq < 0:",
        DELIVERY + "test_user_stream.py::test_a_connection_that_is_behind_the_others_may_not_join",
    ),
    Mutant(
        "Live posts come once",
        "No duplicates, no gaps",
        "realtime/delivery/hub.py",
        "        if entry.entry_id in self._entries:\n            return\n",
        "",
        DELIVERY + "test_live_posts.py"
        "::test_a_hint_that_comes_again_or_after_the_reconciler_is_not_told_again",
    ),
    Mutant(
        "Changes of a post come once by whichever channels",
        "In order, once",
        "realtime/delivery/hub.py",
        "        if not self._changes.add(key):\n            return",
        "        if not self._changes.add(key):\n            pass",
        DELIVERY + "test_live_posts.py"
        "::test_changes_of_a_post_are_heard_once_by_one_who_follows_author_and_retweeter",
    ),
    # Same for every instance
    Mutant(
        "A memory of another past is reset",
        "Same for every instance",
        "realtime/delivery/recovery.py",
        "epoch in (None, position.epoch) and ",
        "",
        DELIVERY + "test_recovery.py"
        "::test_memory_of_another_past_is_reset_and_new_events_still_come",
    ),
    Mutant(
        "What the log has forgotten is a reset",
        "Same for every instance",
        "realtime/delivery/recovery.py",
        "position.floor <= since <= position.seq",
        "since <= position.seq",
        DELIVERY + "test_recovery.py"
        "::test_what_the_log_no_longer_keeps_is_a_reset_and_what_it_keeps_a_resume",
    ),
    Mutant(
        "A walk goes by the snapshot of its first page",
        "item that existed at the start exactly once",
        "storage/posts/feed_walk.py",
        "pg_visible_in_snapshot({entry}.xid, (SELECT snapshot FROM walk))\n",
        "(SELECT snapshot FROM walk) IS NOT NULL\n",
        "tests/storage/posts/test_feed_walk.py::test_walk_shows_what_its_first_page_could_see",
    ),
    # Only yours
    Mutant(
        "Who is blocked since is held back at replay",
        "none of a blocked user after the block was acknowledged, replay included",
        "storage/events/replay.py",
        "if kind is None or stored.hidden:",
        "if kind is None:",
        DELIVERY + "test_recovery.py"
        "::test_what_somebody_did_who_is_blocked_since_is_held_back_at_replay",
    ),
    Mutant(
        "Who is blocked is a tombstone live",
        "none of a blocked user after the block was acknowledged",
        "realtime/delivery/hub.py",
        "if self.audiences.is_blocked(user_id, hint.actor_id):",
        "if self.audiences.is_blocked(user_id, user_id):",
        DELIVERY + "test_live_blocks.py::test_a_hint_that_a_block_has_overtaken_is_a_void",
    ),
    Mutant(
        "A block of which no hint came is found",
        "where a hint is lost, 2 s and a query",
        "realtime/delivery/reconciler.py",
        "        await self._relationships(users)\n",
        "",
        "tests/realtime/ephemeral/test_watches_end.py"
        "::test_a_block_of_which_no_hint_came_is_found_by_the_reconciler",
    ),
    Mutant(
        "A retweet is kept from who is apart from the author",
        "Only yours",
        "realtime/delivery/audiences.py",
        " if self._subscriptions[stream.user_id].sees(author_id)}",
        "}",
        DELIVERY + "test_live_posts.py::test_a_post_hidden_from_its_reader_is_not_told_live",
    ),
    Mutant(
        "A post of who blocked the viewer is not found",
        "404 absent or not visible to you",
        "storage/database/visibility.py",
        """{is_active(author)} AND {not_blocked(f'{author}.id', viewer_id)}""",
        "{is_active(author)} AND {viewer_id} >= 0",
        "tests/handlers/authorization/test_authorization.py"
        "::test_everybody_may_do_what_the_matrix_says_and_nothing_else",
    ),
    Mutant(
        "Admins alone do what admins do",
        "403 not allowed",
        "handlers/operation.py",
        "if operation.access is Access.ADMIN and not",
        "if operation.access is None and not",
        "tests/handlers/authorization/test_authorization.py"
        "::test_everybody_may_do_what_the_matrix_says_and_nothing_else",
    ),
    Mutant(
        "Messages are for participants who have not left",
        "No event of a conversation that one is not in",
        "storage/messaging/messages.py",
        '     WHERE m.id = {any_of("$2")} AND v.left_at IS NULL AND m.id > v.visible_after',
        '     WHERE m.id = {any_of("$2")}',
        "tests/handlers/operations/test_groups.py"
        "::test_who_left_hears_and_sees_nothing_of_it_any_more",
    ),
    # Alive or closed
    Mutant(
        "The hint of its end closes a session's sockets",
        "sockets close within 1 s everywhere",
        "realtime/delivery/hub.py",
        "        self.end_session(user_id, hint.session_id)\n",
        "        return\n",
        DELIVERY + "test_session_ends.py"
        "::test_revoked_session_loses_its_sockets_everywhere_and_no_other_does",
    ),
    Mutant(
        "The reconciler closes sockets of ended sessions",
        "Alive or closed",
        "realtime/delivery/reconciler.py",
        "            await self._sessions()\n",
        "            pass\n",
        DELIVERY + "test_session_ends.py"
        "::test_without_redis_the_reconciler_closes_the_sockets_of_a_revoked_session",
    ),
    Mutant(
        "A session is looked up anew after a moment",
        "logs that session out",
        "handlers/security/auth.py",
        "TRUSTED_SECONDS = 0.5",
        "TRUSTED_SECONDS = 5.0",
        "tests/handlers/security/test_tokens.py::test_revoked_session_ends_everywhere_within_a_second",
    ),
    Mutant(
        "A session that a long transaction ends is looked up anew",
        "logs that session out",
        "storage/accounts/session_changes.py",
        "xid >= pg_snapshot_xmin(snapshot)",
        "xid >= pg_snapshot_xmax(snapshot)",
        "tests/handlers/security/test_session_checks.py"
        "::test_what_is_changed_by_a_long_transaction_is_noticed_when_that_ends",
    ),
    Mutant(
        "What a change of a session overtook is not trusted",
        "logs that session out",
        "handlers/security/auth.py",
        "        if forgotten == self._forgotten:\n",
        "        if forgotten is not None:\n",
        "tests/handlers/security/test_session_checks.py"
        "::test_an_answer_that_was_asked_for_before_a_session_ended_is_not_trusted_after_it",
    ),
    Mutant(
        "A promoted replica is another epoch at once",
        "epoch",
        "storage/events/log.py",
        "greatest(timeline_id, min_recovery_end_timeline)",
        "timeline_id",
        "tests/faults/test_promotion.py"
        "::test_a_promoted_replica_is_another_epoch_before_its_first_checkpoint",
    ),
    Mutant(
        "A copy of a refresh token ends its family",
        "a later reuse revokes the whole family",
        "storage/accounts/sessions.py",
        "        await revoke(db, session_id)\n        raise SessionEnded",
        "        raise SessionEnded",
        "tests/handlers/security/test_tokens.py::test_refresh_token_used_up_ends_the_whole_family",
    ),
    Mutant(
        "Who connects with a token just revoked is not let live",
        "Alive or closed",
        "realtime/delivery/recovery.py",
        "if snapshot is None or not snapshot.alive:",
        "if snapshot is None:",
        DELIVERY + "test_session_ends.py"
        "::test_one_who_connects_with_a_token_just_revoked_is_not_let_live",
    ),
    Mutant(
        "A client that stops reading is cut",
        "is closed once 1 MiB waits for it",
        "realtime/transport/websocket.py",
        "            self._on_overflow()\n",
        "            return\n",
        "tests/realtime/transport/test_slow_clients.py"
        "::test_a_reader_that_stops_is_cut_others_go_on_and_it_resumes_without_loss",
    ),
    Mutant(
        "A client that answers no ping is cut",
        "Alive or closed",
        "realtime/transport/keepalive.py",
        "            if connection.ping_unanswered:",
        "            if connection is None:",
        "tests/realtime/transport/test_keepalive.py"
        "::test_who_does_not_answer_is_aborted_and_others_are_not",
    ),
    Mutant(
        "Sockets are told to go elsewhere at a drain",
        "tell sockets to reconnect elsewhere",
        "realtime/delivery/namespace.py",
        "        for session in self._hub.sessions():\n            self._send_elsewhere(session)",
        "        return",
        "tests/realtime/transport/test_engineio.py::test_all_are_told_before_an_instance_stops",
    ),
    # Presence without ghosts
    Mutant(
        "Presence is a lease that ends by itself",
        "Presence without ghosts",
        "realtime/ephemeral/presence.lua",
        "    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)\n",
        "",
        "tests/realtime/ephemeral/test_presence_store.py"
        "::test_users_of_an_instance_that_died_are_offline_when_its_lease_ends",
    ),
]
