"""What people of the demo write in English: subjects, and sentences with places to fill in.

{thing} is one of the subject's things; {when}, a time, and {n}, a number, are of any subject.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What a post may be about.

    Tags are without their #; every sentence makes sense with each of the things.
    """

    tags: tuple[str, ...]
    things: tuple[str, ...]
    sentences: tuple[str, ...]


GARDEN = Subject(
    ("garden", "growyourown", "bees"),
    ("the tomatoes", "the runner beans", "my dahlias", "the plums", "the courgettes", "the kale"),
    (
        "{when} in the garden: {thing} have doubled since last week.",
        "The slugs found {thing}. I respect the dedication, not the result.",
        "Gave away half of {thing} over the fence and came back with a jar of honey.",
        "Does anybody else talk to {thing}, or is it just me and my neighbour?",
        "{n} litres of rain overnight and {thing} look delighted.",
        "Planted too close again. Next year {thing} get the whole bed.",
    ),
)
KITCHEN = Subject(
    ("baking", "sourdough", "cooking"),
    ("rye bread", "lentil soup", "plum cake", "flatbread", "mushroom pie", "apple jam"),
    (
        "Made {thing} for {n} people and somehow there is none left.",
        "One pot, {thing}, nobody in a hurry. That is the whole plan.",
        "My grandmother never wrote down her {thing}. Attempt number {n} comes close.",
        "Burnt the bottom, kept the top: {thing}, rescued.",
        "Swap: I bring {thing}, you bring the stories.",
        "The secret of {thing} is waiting. I am bad at secrets.",
    ),
)
CYCLING = Subject(
    ("cycling", "bikecommute", "gravel"),
    ("the river path", "the old railway line", "the hill behind the mill", "the forest loop"),
    (
        "{n} km along {thing} before breakfast. Legs: no. Head: yes.",
        "Puncture halfway down {thing}. A stranger had a pump and a sense of humour.",
        "They have resurfaced {thing}! It rolls like a table.",
        "{when} on {thing}: two herons, one angry goose, no cars.",
        "Headwind on {thing} both ways. How does it do that?",
    ),
)
CODE = Subject(
    ("programming", "python", "postgres", "opensource"),
    ("the migration", "the flaky test", "our retry logic", "the parser", "that one regex"),
    (
        "Deleted {n} lines around {thing} and everything got faster.",
        "{when} I finally understood {thing}. It was a time zone. It is always a time zone.",
        "Wrote a comment about {thing} that starts with 'sorry'. Future me, you are welcome.",
        "Code review of {thing}: {n} questions, all of them good.",
        "Explained {thing} to the rubber duck. The duck quit.",
        "Small joy: {thing} works on the first try, and I do not trust it.",
    ),
)
MUSIC = Subject(
    ("music", "vinyl", "choir"),
    ("the cello", "our choir", "the brass band", "that accordion trio", "the new organist"),
    (
        "{when} with {thing}. I had forgotten what a room full of sound feels like.",
        "Rehearsal: {n} attempts at one bar, then {thing} and a silence I will keep.",
        "Heard {thing} through an open window and walked around the block twice.",
        "Somebody recorded {thing} on a phone and it is still the best thing I heard all week.",
    ),
)
BOOKS = Subject(
    ("amreading", "bookclub", "library"),
    (
        "the lighthouse novel",
        "a history of maps",
        "the one with the talking river",
        "that thriller",
    ),
    (
        "Page {n} of {thing} and I have cancelled my evening.",
        "Lent out {thing} again. I own it mostly in theory.",
        "The library had {thing} waiting for me today. Libraries are magic with a stamp.",
        "Unpopular opinion: {thing} is better the second time.",
        "Finished {thing}. What do people read after this?",
    ),
)
STARS = Subject(
    ("astronomy", "clearskies", "moon"),
    ("Saturn", "the Pleiades", "a thin crescent moon", "Jupiter and its moons", "a slow satellite"),
    (
        "Got the telescope out: {thing}, sharp as a drawing.",
        "{n} minutes in the cold for {thing}. Worth every one.",
        "Showed {thing} to the kids next door. Nobody said a word for a whole minute.",
        "Clouds all week, then {thing} as if nothing had happened.",
    ),
)
HARBOUR = Subject(
    ("harbour", "sailing", "coast"),
    ("the ferry", "the old tugboat", "a grey seal", "the blue trawler", "the lifeboat crew"),
    (
        "{when} at the quay: {thing}, fog, and the smell of diesel and toast.",
        "Waved at {thing}. I am fairly sure it waved back.",
        "High water at {n} past and {thing} right on time.",
        "Painted {thing} from memory. The gulls are critics.",
    ),
)
WORKSHOP = Subject(
    ("repaircafe", "knitting", "woodwork"),
    ("a kitchen chair", "the radio from the attic", "a pair of socks", "the toaster", "a kite"),
    (
        "Repaired {thing} with {n} screws, one of which may have been structural.",
        "Repair café again: {thing} lives again and so does my faith in glue.",
        "Learnt to fix {thing} from a twelve-year-old with infinite patience.",
        "Third evening on {thing}. My hands know more than yesterday.",
    ),
)
CITY = Subject(
    ("nightbus", "citylife", "coffee"),
    ("the number {n} tram", "the market hall", "the corner café", "the library steps"),
    (
        "Whole lives happen at {thing}. I only wanted to get home.",
        "{when} at {thing}: somebody sang, somebody answered, nobody filmed it.",
        "Found a glove at {thing}. Left, green, hand-knitted. It is waiting on the railing.",
        "Coffee near {thing} is up again, but they draw a fox in the foam.",
    ),
)
MATCH = Subject(
    ("matchday", "chess", "parkrun"),
    ("our goalkeeper", "the under-twelves", "the chess club", "my running group"),
    (
        "Proud of {thing} today. {n} minutes of chaos, one of genius.",
        "Rain, mud, and {thing} laughing all the way through it.",
        "{when} with {thing}: lost, learnt, ate chips.",
        "If you have never watched {thing} in sleet, you have never been cold properly.",
    ),
)
SUBJECTS = (
    GARDEN, KITCHEN, CYCLING, CODE, MUSIC, BOOKS, STARS, HARBOUR, WORKSHOP, CITY, MATCH,
)  # fmt: skip

# What everybody posts about since a few hours.
TRENDS = (
    Subject(
        ("northernlights",),
        ("green curtains", "a red glow", "a pale arch", "ribbons of light"),
        (
            "Look north: {thing} right above the roofs.",
            "Woke up the whole house for {thing}. No complaints so far.",
            "My camera sees {thing}, I see a cloud with ambitions.",
            "{n} of us in a dark field, whispering at {thing}.",
        ),
    ),
    Subject(
        ("openharbourday",),
        ("the pilot boat", "the crane", "the steam tug", "the dry dock"),
        (
            "They let us climb on {thing}! My inner six-year-old is in charge now.",
            "Queue for {thing}: {n} minutes, brass band included.",
            "Volunteers explained {thing} to me and I want to change careers.",
            "Best view of the whole day is from {thing}.",
        ),
    ),
    Subject(
        ("thebigquiz",),
        ("capitals", "composers", "moons", "mushrooms"),
        (
            "We knew nothing about {thing} and everything about cheese. Fourth place.",
            "Question {n} about {thing} split our table for good.",
            "Who writes these? Half of the round was about {thing}.",
            "Confidently wrong about {thing}. Again. Wonderful evening.",
        ),
    ),
)

WHEN = (
    "This morning", "Tonight", "Early today", "Last night", "After work", "Before the rain",
    "Just now", "At half past six", "On my lunch break", "Yesterday",
)  # fmt: skip
TAILS = (
    "", "", "", "", "", "", " 🙂", " 🌿", " ☕", " 😅", " ✨", " 🎉", " Anyway.", " More tomorrow.",
    " Pictures follow.", " I needed that.", " Recommended.", " No regrets.", " 10/10.",
)  # fmt: skip
MENTIONS = (
    "{at} you would have liked this.", "Thank you {at}!", "{at} your turn.", "Thinking of {at}.",
    "As {at} says: one more and then home.", "{at} and {more}, next time with you two.",
    "cc {at}", "{at} was right all along.",
)  # fmt: skip

REPLIES = (
    "This made my day.", "Oh no. And then?", "Same here, every single time.", "Teach me!",
    "Saving this for later.", "I have so many questions.", "Agreed, and I wish I did not.",
    "You always find the good ones.", "How long did that take you?", "Not sure I would dare.",
    "Counterpoint: cake first.", "We should do that together some time.", "Hah! Exactly.",
    "My sister says the same, so now I have to believe it.", "Where is that? I want to go.",
    "I tried that {n} years ago and still talk about it.", "Please write more about this.",
    "Wait, is that allowed?", "Strong agree.", "Respectfully, no. But well put!", "👏👏👏",
    "Number {n} on my list since today.", "I read this aloud at breakfast.", "Who told you?!",
    "The second half of this sentence is my whole personality.", "Beautiful.", "😂", "❤️",
    "Is there a recording?", "Next time call me first.", "Good luck, tell us how it goes!",
)  # fmt: skip
