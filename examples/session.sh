#!/usr/bin/env bash
# Two people and the REST API, with curl alone.
#
#   ./session.sh [http://127.0.0.1:8000]
set -euo pipefail

url=${1:-http://127.0.0.1:8000}
suffix=$RANDOM$RANDOM
password="correct horse"

# call METHOD PATH [TOKEN] [JSON]: the answer, indented by nothing; fails for a problem.
call() {
  local token=${3:-} body=${4:-}
  curl --silent --show-error --fail-with-body --request "$1" "$url$2" \
    --header "Content-Type: application/json" \
    ${token:+--header "Authorization: Bearer $token"} ${body:+--data "$body"}
}

# The first value of a field of a JSON object, text or number: enough for this script. Use jq in yours.
field() { sed -E "s/.*\"$1\":\"?([^\",}]*).*/\1/"; }
# The id of the object itself, which comes first.
id() { sed -E 's/^\{"id":([0-9]+).*/\1/'; }

register() {
  call POST /api/users/ "" \
    "{\"username\": \"$1\", \"email\": \"$1@example.org\", \"password\": \"$password\"}" | id
}
login() {
  call POST /api/users/token/ "" "{\"username\": \"$1\", \"password\": \"$password\"}" | field access
}

echo "== two accounts, and a token for each"
ann_id=$(register "ann_$suffix")
bob_id=$(register "bob_$suffix")
ann=$(login "ann_$suffix")
bob=$(login "bob_$suffix")
echo "ann is $ann_id, bob is $bob_id"

echo "== ann follows bob, who posts; she finds it in her feed, likes it and answers"
call POST "/api/users/$bob_id/follow/" "$ann" >/dev/null
post=$(call POST /api/posts/ "$bob" '{"content": "Hello #world", "client_id": "first"}' | id)
again=$(call POST /api/posts/ "$bob" '{"content": "Hello #world", "client_id": "first"}' | id)
[ "$post" = "$again" ] && echo "a retry with the same client_id is the same post: $post"
call GET "/api/posts/feed/?limit=1" "$ann"; echo
call POST "/api/posts/$post/like/" "$ann" >/dev/null
call POST /api/posts/ "$ann" "{\"content\": \"Hello @bob_$suffix\", \"reply_to\": $post}" >/dev/null

echo "== what bob is notified of"
call GET /api/notifications/unread_count/ "$bob"; echo

echo "== a direct message"
conversation=$(call POST /api/messages/ "$ann" "{\"participants\": [$bob_id]}" | id)
call POST "/api/messages/$conversation/send_message/" "$ann" '{"content": "hi bob"}' >/dev/null
call GET "/api/messages/$conversation/messages/" "$bob"; echo

echo "== a problem: nobody follows themselves"
call POST "/api/users/$ann_id/follow/" "$ann" || echo
echo "== done"
