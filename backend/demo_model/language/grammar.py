"""The grammar as data: one row for each way to ask for something, tried from top to bottom on a clause.

`{…}` are the pieces of words.py, a blank is any white space, and a row matches a whole clause. Its groups:
title, target, text (a description, or "old to new"), when, object and verb (of "I bought the milk").
"""

import re
from dataclasses import dataclass

from demo_model.language import words

PIECES = {name: value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)}


@dataclass(frozen=True)
class Rule:
    """`build`: a function of build.py. `topic`: for build "say". `bold`: holds inside "I need to …" too."""

    build: str
    pattern: re.Pattern[str]
    topic: str = ""
    bold: bool = True


def _rule(build: str, pattern: str, topic: str = "", *, bold: bool = True) -> Rule:
    for name, piece in PIECES.items():
        pattern = pattern.replace("{" + name + "}", piece)
    pattern = pattern.replace(" ", r"\s+")
    return Rule(build, re.compile(pattern, re.IGNORECASE | re.DOTALL), topic, bold)


_NEW = (
    r"(?:(?:an?|another|one more|the|these|this|my|some|two|three|four|five|\d+|following"
    r"|new|more|quick) )*"
)
_LINK = (
    r"(?: {ON_LIST})?(?:\s*[:\-]\s*| (?:(?:called|named|titled|saying|that says|to|for"
    r"|about|of|with (?:the )?"
    r"(?:title|name)) )?)"
)
_WHEN = (
    r"today|tonight|tomorrow(?: (?:morning|afternoon|evening|night))?|later|next week"
    r"|(?:on|this|next) \w+day"
)
_PERSON = (
    r"(?!(?:to|yester)day|tomorrow|tonight|what|that|let|it|here|there|who|how|week|month|year|mum|mom|dad)"
)

OWN_TASKS_ONLY = (
    _rule(
        "say",
        r".*\b(?:other|another|different|all|every|any|each) (?:the )?(?:other )?"
        r"(?:users?|people|persons?|accounts?|customers?|tenants?)(?:'s|s'|')?\b.*",
        "others",
    ),
    _rule("say", r".*\b(?:someone|somebody|everyone|everybody|anyone|anybody)(?: else)?'s?\s.*", "others"),
    _rule("say", r".*\buser[\s_]*(?:id|name)?\s*[=:#]?\s*[\"']?[\w-]*\d[\w-]*.*", "others"),
    _rule(
        "say", r".*\b(?:of|for|by|from|belonging to|owned by|as) (?:the |an? )?(?:user|admin)\b.*", "others"
    ),
    _rule(
        "say",
        r"(?:show|list|display|see|view|read|get|give|tell|delete|remove|clear|what|complete"
        r"|mark|rename)\b.*?\b"
        + _PERSON
        + r"[a-z]+'s (?:own )?(?:tasks?|to-?dos?|lists?|account|data|items|reminders)\b.*",
        "others",
    ),
    _rule(
        "say",
        r".*\b(?:tasks?|lists?|todos?) (?:of|for|from|belonging to|owned by) "
        r"(?!(?-i:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)(?:(?-i:[A-Z])[a-z]+|\S+@\S+)\b.*",
        "others",
    ),
    _rule(
        "say",
        r".*\b(?:ignore|disregard|forget|override|bypass)\s.*\b(?:instructions?|rules?"
        r"|prompts?|guidelines)\b.*",
        "instructions",
    ),
    _rule(
        "say", r".*\b(?:system|developer|hidden|initial) (?:prompt|message|instructions?)\b.*", "instructions"
    ),
    _rule(
        "say",
        r"(?:show|tell|give|print|reveal|what|send|list|dump|leak|read)\b.*\b(?:passwords?"
        r"|api[\s-]?keys?|secrets?|jwt"
        r"|(?:access )?tokens?|databases?|env(?:ironment)? variables?|credentials|sql)\b.*",
        "instructions",
    ),
    _rule(
        "say", r"(?:act as|pretend|you are now|you're now|jailbreak|sudo|developer mode)\b.*", "instructions"
    ),
)

DESCRIPTIONS = (
    _rule(
        "describe",
        r"add (?:an?|the)?\s*(?:description|notes?|details?|comment) (?:to|for|on) "
        r"(?P<target>[^:]+?)"
        r"\s*(?::|\bsaying\b)\s*(?P<text>.+)",
    ),
    _rule(
        "describe",
        r"(?:set|change|update|edit|make) (?:the )?(?:description|notes?|details?|comment) "
        r"(?:to|of|for|on)"
        r" (?P<target>.+?)\s*(?::|=|\bto\b|\bas\b)\s*(?P<text>.+)",
    ),
    _rule("describe", r"describe (?P<target>.+?) as (?P<text>.+)"),
)

ADDS = (
    _rule("say", r"(?:add|create|make|new) (?:an? )?(?:new )?(?:{TASK}|one)", "no_title"),
    _rule("say", r"add(?: (?:something|{ON_LIST}))?", "no_title"),
    _rule(
        "add_listed",
        r"(?:add|create|make|insert|new) " + _NEW + r"{TASKS}" + _LINK + r"(?!\d+\b)(?P<title>.+)",
    ),
    _rule(
        "add",
        r"(?:add|create|make|insert|set|new) (?:me )?"
        + _NEW
        + r"{TASK}\b"
        + _LINK
        + r"(?!#?\d+\b)(?P<title>.+)",
    ),
    _rule("add_listed", r"(?:add|put) {ON_LIST}\s*:\s*(?P<title>.+)"),
    _rule("add", r"(?:add|put) {ON_LIST} (?P<title>.+)"),
    _rule("add_listed", r"(?:add|insert)\s*:\s*(?P<title>.+)"),
    _rule(
        "add_listed",
        r"(?:add|insert) (?:(?:all )?(?:these|the following|this)\b)(?: "
        r"{ON_LIST})?\s*:?\s*(?P<title>.+)",
    ),
    _rule("add", r"(?:add|insert|write down|jot down|note down|note(?: that)?) (?P<title>.+)"),
    _rule("add", r"(?:put|write|record|save|get|place|stick) (?P<title>.+?) {ON_LIST}\W*"),
    _rule("add_listed", r"(?:new )?{TASKS}\s*:\s*(?P<title>.+)"),
    _rule("add", r"(?:new )?{TASK}\s*:\s*(?P<title>.+)"),
    _rule("remind", r"remind me (?:(?P<when>" + _WHEN + r") )?(?:to|about|that|of) (?P<title>.+)"),
    _rule("add", r"(?:don't|do not|dont|never) (?:let me )?forget (?:(?:to|about|that) )?(?P<title>.+)"),
    _rule("add", r"i (?:must not|mustn't|can't|shouldn't) forget (?:(?:to|about) )?(?P<title>.+)"),
)

UPDATES = (
    _rule(
        "retitle",
        r"(?:change|update|edit|set|modify|rename) (?P<target>.+?)(?:'s)? (?:title|name|text) "
        r"(?:to|into|as) (?P<title>.+)",
    ),
    _rule("say", r"(?:rename|edit|change|update|modify) (?:{TASK}|number|#) ?#?\d+", "how_to_rename"),
    _rule("rename", r"(?:rename|retitle) (?P<text>.+?(?: (?:to|as|into) |\s*[-=]>\s*).+)"),
    _rule(
        "rename",
        r"(?:change|update|edit|set|modify) (?:the )?(?:title|name|text|wording) of "
        r"(?P<text>.+? (?:to|into|as) .+)",
    ),
    _rule("rename", r"make (?P<text>(?:task |#)\d+ (?:say|read) .+)"),
    _rule(
        "rename",
        r"(?:change|update|edit|modify|replace|turn|correct|switch) (?P<text>.+? (?:to|into"
        r"|with|by) .+)",
    ),
)

_MARK = r"(?:mark|set|flag|make|put|change|move|update|check|tick)"
COMPLETES = (
    _rule(
        "say",
        r"(?:complete|finish|done|delete|remove|erase|rename|edit|update|change|mark(?: as)?(?: done)?)",
        "which",
    ),
    _rule("say", r"(?:reopen|re-open|uncomplete|unmark|uncheck|untick|undo)\b.*", "reopen"),
    _rule("say", _MARK + r" .+? (?:as |to |back to ){0,2}{OPEN}(?: again)?", "reopen"),
    _rule(
        "complete", _MARK + r" (?P<target>.+?) (?:(?:as|to|off as|to be|being) ){0,2}(?:{DONE}|complete|off)"
    ),
    _rule("complete", r"(?:tick|check|cross|strike|mark) off (?P<target>.+)"),
    _rule("complete", r"(?:tick|check|cross|strike) (?P<target>.+?) (?:off|out)(?: (?:of )?{MY} {LIST})?"),
    _rule("complete", r"(?:tick|mark|check) (?P<target>(?:task |#|number )\d.*)"),
    _rule(
        "complete",
        r"(?:complete|finish|close|do) (?P<target>(?:{TASK}\b|number\b|#|\d|all\b|every|the "
        r"\w+st\b).*)",
    ),
    _rule("complete", r"(?:complete|finish|close|accomplish|conclude) (?P<target>.+)", bold=False),
    _rule(
        "complete",
        r"(?:i'm|i am|we're|we are) (?:all )?(?:done|finished|through) (?:with "
        r")?(?P<target>.+)",
    ),
    _rule("complete", r"(?:done|finished|completed)\s*(?:with |:\s*)?(?P<target>.+)", bold=False),
)

DELETES = (
    _rule(
        "say",
        r"(?:forget (?:it|that|about it)|never\s*mind|cancel|stop|nothing|no|nope|nah)(?: "
        r"(?:thanks?|thank you))?",
        "nothing_to_do",
    ),
    _rule(
        "delete",
        r"(?:delete|remove|erase|trash|discard|scrap|bin|purge) (?!(?:from|table"
        r"|database)\b)(?P<target>.+)",
    ),
    _rule("delete", r"(?:get rid of|throw (?:away|out)|take off|wipe|clear(?: out)?) (?P<target>.+)"),
    _rule(
        "delete",
        r"(?:drop|cancel|forget(?: about)?|empty) (?!(?:table|database)\b)(?P<target>.+)",
        bold=False,
    ),
    _rule("delete", r"take (?P<target>.+?) off(?: (?:of )?{MY} {LIST})?"),
)

_STATE = r"(?:{OPEN}|{DONE}|complete)"
_SHOW = (
    r"(?:show|list|display|view|see|print|read(?: out)?|get|fetch|give|tell|check|look at"
    r"|open|go through|know)"
)
_ASK = (
    r"(?:what(?:'s|s| is| are| else)?|which|do i|have i|did i|are there|is there"
    r"|any(?:thing)?|is anything)"
)
SHOWS = (
    _rule(
        "show_all",
        r"(?:is|are) .{1,80} (?:{DONE})(?: yet| already)?|(?:did|have) i (?:already "
        r")?(?:finish|complete|do)\b.*",
    ),
    _rule("show", r"what (?:do|have) i (?:have|got)\b.*"),
    _rule("count", r"how many\b(?=.*\b(?:{TASK}|things|ones|" + _STATE + r"|do i have|are there|on my)\b).*"),
    _rule("count", r"how many|(?:count|number of)(?: .*\b{TASK}\b.*| them)?"),
    _rule("show", r"(?:(?:me|my|all|the|every) )*(?:" + _STATE + r" )?(?:{LIST}|{TASKS}|ones)"),
    _rule("show", _SHOW + r"(?: (?:me|us|my|all|the|them|everything|it))*(?: " + _STATE + r")?"),
    _rule(
        "show",
        _SHOW + r" (?=.*\b(?:{TASK}|things|ones|stuff|everything|" + _STATE + r"|{MY} \S*\s*lists?)\b).*",
        bold=False,
    ),
    _rule(
        "show",
        _SHOW + r" (?:me )?(?:all )?(?:(?:of )?(?:my|the) )?(?:" + _STATE + r" )?(?:{TASKS}|{LIST}|ones)\b.*",
    ),
    _rule("show", _SHOW + r" (?:me )?what.*"),
    _rule(
        "show",
        _ASK
        + r"\b.*\b(?:{TASK}|on {MY} \S*\s*(?:lists?|plate|agenda)|"
        + _STATE
        + r"|(?:i|i've) (?:done|finished|"
        r"completed)|{MY} (?:\S+ )?lists?)\b.*",
    ),
    _rule("show", r"what (?:should|must|do|can) i (?:have to )?do(?: (?:now|next|today|first))?"),
    _rule("show", r"(?:all|pending|completed|everything)"),
)

STATEMENTS = (
    _rule(
        "complete",
        r"(?!(?:what|which|who|how|is|are|i|there)\b)(?P<target>.+?)(?:'s| (?:is|are|was|were"
        r"|has been|have been)) "
        r"(?:now |already |all |finally )*(?:{DONE}|over)",
        bold=False,
    ),
    _rule(
        "complete",
        r"(?!(?:what|which|who|how|is|are|i|well|not|all)\b)(?P<target>\S+(?: \S+){0,7}?) "
        r"(?:done|completed|finished)",
        bold=False,
    ),
    _rule("offer", r"(?:i|we) (?:really |still )?need (?!to\b|you\b|help\b)(?P<title>.{2,100})", bold=False),
    _rule(
        "deed",
        r"(?:i|we)(?:'ve| have| had)?(?: (?:already|just|now|finally))* (?P<verb>[a-z]+) "
        r"(?P<object>.+)",
        bold=False,
    ),
)

TALK = (
    _rule(
        "say",
        r"(?:hi|hello|hey|hiya|howdy|yo|greetings|moin|good (?:morning|afternoon|evening"
        r"|day))(?: (?:there|all|again|you))?",
        "greeting",
    ),
    _rule(
        "say", r"(?:how are you(?: (?:doing|today))?|how's it going|what's up|how do you do)", "how_are_you"
    ),
    _rule(
        "say",
        r"(?:who|what) are you|are you (?:an? )?(?:real|ai|bot|robot|human|model|chatgpt|gpt|llm).*"
        r"|what model\b.*|what's your name|which model\b.*|who (?:made|built) you",
        "who",
    ),
    _rule(
        "say",
        r"(?:help|\?+|/help|commands|usage|(?:i )?(?:need )?help(?: me)?)|what (?:can|could"
        r"|do) you do.*"
        r"|how (?:does|do) (?:this|it|i|you)\b.*|what (?:can|should) i (?:say|ask|type"
        r"|write).*|help me",
        "help",
    ),
    _rule(
        "say",
        r"(?:many )?(?:thanks?|thank you|thx|ty|cheers|much appreciated)\b(?: (?:a lot|so "
        r"much|very much|again|you))*(?:[,!]* that's .{2,20})?",
        "thanks",
    ),
    _rule(
        "say",
        r"(?:great|perfect|nice|cool|awesome|super|excellent|wonderful|good(?: (?:job|work"
        r"|bot))?|well done|wow|ok(?:ay)?|fine"
        r"|yes|yep|yeah|sure)(?: (?:job|work|one))?",
        "praise",
    ),
    _rule("say", r"(?:bye(?: bye)?|goodbye|see you.*|good night|ciao|later)", "bye"),
)

# "I need to …"; what follows is looked at again.
INTENTION = re.compile(
    r"(?:i|we)(?:'d\s+like|\s+would\s+like|\s+want|\s+need|\s+have|\s+must|\s+should"
    r"|\s+ought|'ve\s+got|\s+have\s+got|\s+gotta"
    r"|\s+really\s+(?:need|want|have|must|should)|\s+still\s+(?:need|want|have|must))\s*(?:to\s+)(?P<rest>.+)"
    r"|(?:i|we)\s+(?:must|should|gotta)\s+(?P<short>.+)|(?:need|have|got"
    r"|gotta)\s+to\s+(?P<bare>.+)|remember\s+(?:(?:to|about|that)\s+)?(?P<remember>.+)",
    re.IGNORECASE | re.DOTALL,
)
POLITE = re.compile(
    r"(?:(?:please|pls|plz|kindly|hey|hi|hello|well|so|now|also|and|but|then|first"
    r"|second(?:ly)?|finally|just|actually|oh|um|alright|great"
    r"|perfect|thanks|thank\s+you|ok(?:ay)?|yes|no)(?=[\s,:!.])[\s,:!.]+|(?:(?:can|could"
    r"|would|will)\s+you|(?:can|could|may)\s+(?:i|we)"
    r"|i\s+(?:want|need|would\s+like)\s+you\s+to|i'd\s+like\s+you\s+to|you\s+(?:should"
    r"|can|could|must)|let's|lets|let\s+me|go\s+ahead\s+and"
    r"|help\s+me(?:\s+to)?|quickly|be\s+so\s+kind\s+(?:and|to)"
    r"|it\s+would\s+be\s+great\s+if\s+you\s+could)\s+)+",
    re.IGNORECASE,
)
END = re.compile(r"(?:[\s,.!?]|\b(?:please|pls|plz)\b)+$", re.IGNORECASE)
PASTED = (_rule("add_listed", r"(?P<title>[^\n]+(?:\n\s*(?:[-*\u2022]|\d{1,3}[.)])\s+[^\n]+)+)"),)

# Adding comes before everything else: what a person wants to remember may hold any words.
ORDER = (*DESCRIPTIONS, *ADDS, *OWN_TASKS_ONLY, *COMPLETES, *UPDATES, *DELETES, *TALK, *SHOWS, *PASTED)
