"""Conversations: lines that answer each other, two people taking turns."""

# {thing} and {n} stay the same through a whole exchange.
THINGS = ("the ladder", "the tent", "your bike pump", "the big pot", "the projector", "the drill")

EXCHANGES = (
    (
        "Hey, do you still have {thing}?",
        "Somewhere in the cellar. When do you need it?",
        "Saturday, if that works for you.",
        "Then I will look tonight. Do not laugh at the cellar.",
        "I would never. (I would.)",
    ),
    (
        "Are you coming on Thursday?",
        "If the trains run, yes. Who else?",
        "{n} people so far, and one dog.",
        "Then I am bringing two cakes.",
        "That is why we invite you.",
        "I knew it 😄",
    ),
    (
        "Did you see what I posted this morning?",
        "Yes! I laughed out loud on the bus.",
        "Was it too much?",
        "It was exactly enough.",
    ),
    (
        "Quick question: which one would you take, the green or the blue?",
        "Green.",
        "You did not even look.",
        "I looked with my heart. Green.",
        "Green it is.",
    ),
    (
        "Guess who got the job!!",
        "NO. Really?",
        "Really. I start in {n} days.",
        "I am so happy for you. Dinner is on me.",
        "Dinner is on me, I have a salary now 🎉",
    ),
    (
        "I am at the station, platform {n}.",
        "There is no platform {n}.",
        "…",
        "You are at the other station, are you not?",
        "I may be at the other station.",
    ),
    (
        "Thanks again for yesterday. I needed that.",
        "Any time. How do you feel today?",
        "Lighter. I slept until ten.",
        "Good. Same time next week?",
        "Same time next week.",
    ),
    (
        "Could you look over my draft? It is {n} pages.",
        "Send it. Do you want kind or honest?",
        "Both, in that order.",
        "Deal. You have it back by Friday.",
    ),
    ("Good night from the harbour 🌊", "Good night! Show me in the morning."),
    ("¿Vienes mañana?", "¡Claro! ¿A qué hora?", "A las siete, donde siempre.", "Allí estaré."),
    (
        "明日、散歩に行きませんか?",
        "いいですね!何時にしますか?",
        "十時はどうですか?",
        "はい、楽しみです🙂",
    ),
    (
        "Kommst du später noch vorbei?",
        "Gern! Soll ich etwas mitbringen?",
        "Nur Hunger.",
        "Kann ich.",
    ),
)

# To a group; anybody may say any of them after any other.
GROUP_LINES = (
    "Who is in for Sunday?", "Me!", "Only if it stays dry.", "I can bring {thing}.",
    "Can we make it {n} minutes later?", "Fine by me.", "I made a list, please add yourselves.",
    "Who has {thing}? I thought I had it.", "It is at my place, sorry!", "+1", "😂", "👍",
    "Sorry, this week I am out. Next time!", "Reminder: the key is under the third pot.",
    "Not any more, it is with me.", "You are the best, all of you.", "Pictures from last time?",
    "I will put them up tonight.", "We are {n} now, should I book the bigger table?", "Yes please!",
)  # fmt: skip
GROUPS = (
    "Sunday ride", "Book club", "Allotment 14", "Choir, second voices", "Film night", "Repair café",
    "Quiz team", "Stairwell B", "Moving day", "Board games", "Early swimmers", "Lunch on Tuesdays",
)  # fmt: skip

# To somebody who wrote to one of the people of the demo and waits for an answer.
ANSWERS = (
    "Oh, hello! I was just thinking of you.", "Hah, good question. Let me think about it.",
    "Yes! Tell me more.", "That sounds like you 😄", "I would say: do it.", "Really? Since when?",
    "I am on the tram, but I am reading along.", "Agreed. And what did they say?",
    "Hm, I am not so sure. Ask me again tomorrow?", "You have no idea how well this fits.",
)  # fmt: skip
GREETINGS = (
    "Hi! Are you around later?", "I saw your post and had to laugh.", "Have you seen the quiz?",
    "There is cake left, just saying.", "How was your week?", "Look outside, quick!",
    "Do you know somebody who can repair a clock?", "See you on Sunday?",
)  # fmt: skip
