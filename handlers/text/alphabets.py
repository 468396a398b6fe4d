"""Sets of characters, as the insides of [brackets], that the rules for text are made of."""

# Scripts in which no space parts one word from the next (and Hangul, whose particles follow Latin
# words without one): an address ends where one of these begins.
_SCRIPTS = (
    *("Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"),
    *("Tibetan", "Yi", "Balinese", "Javanese", "Tai_Le", "New_Tai_Lue", "Tai_Tham", "Tai_Viet"),
)
_SHARED = r"\u30fc\u3005\u3006\u303b\uff70"  # marks of length and repetition
SPACELESS = "".join(rf"\p{{Script={script}}}" for script in _SCRIPTS) + _SHARED
# A letter or digit of any other script.
SPACED = rf"(?![{SPACELESS}])[\p{{L}}\p{{M}}\p{{N}}]"

VARIATION_SELECTORS = r"\ufe00-\ufe0f"  # of an emoji: `#️⃣` begins no tag
KEYCAP = r"\u20e3"
MARK = rf"(?![{VARIATION_SELECTORS}{KEYCAP}])\p{{M}}"  # of a letter
# What stands between the letters of a word: joiners of Persian, Indic and emoji, Hebrew hyphen,
# geresh and gershayim, middle dots, wave dashes, Japanese sound and ditto marks, Tibetan dots.
WITHIN_WORDS = (
    r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\uff65\u3003"
    r"\u0f0b\u0f0c\u00b7"
)
# One character of a hashtag.
WORD = rf"(?![{VARIATION_SELECTORS}{KEYCAP}])[\p{{L}}\p{{M}}\p{{N}}{WITHIN_WORDS}]"

# Invisible though no space: format and control characters, fillers, blank Braille, a musical sign
# without a head, blank hieroglyphs; and marks, which show only on something else.
INVISIBLE = (
    r"\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800\U0001d159\U00013441\U00013442"
)
