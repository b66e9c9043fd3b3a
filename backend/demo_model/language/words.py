"""Vocabulary: pieces of patterns, and lists of words. Matched in lower case or with IGNORECASE."""

TASK = r"(?:tasks?|to-?\s?dos?|todo\s+items?|items?|entr(?:y|ies)|reminders?)"
TASKS = r"(?:tasks|to-?\s?dos|items|entries|reminders)"
LIST = r"(?:(?:to-?\s?do|task|shopping)?\s*lists?|tasks|to-?\s?dos?)"
MY = r"(?:my|the|our|this|your)"
ON_LIST = rf"(?:to|on|onto|in|into)\s+{MY}\s+{LIST}"
OFF_LIST = rf"(?:\s+(?:from|off|off\s+of|out\s+of|in|on)\s+{MY}\s+{LIST})?"
DONE = r"(?:done|completed?|finished|closed|bought|paid|checked(?:\s+off)?|ticked(?:\s+off)?|accomplished)"
OPEN = (
    r"(?:not\s+(?:yet\s+)?(?:done|completed?|finished)|undone|unfinished|incomplete|uncompleted|pending|open"
    r"|left|remain(?:s|ing)?|outstanding|still|active|haven't|have\s+not|should\s+i|must\s+i|have\s+to|need\s+to"
    r"|want\s+to|to\s+do(?!\s+list)|on\s+my\s+plate|next)"
)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What a title tends to begin with. Decides where "a and b" is two tasks, and what to offer to add.
TASK_VERBS = _set("""
    apply arrange ask attend back bake book borrow bring brush build buy call cancel change charge
    check clean clear collect complete contact cook create cut decide deliver design discuss do
    draft drop eat email exercise feed fetch file fill find finish fix fold get give go help hire
    install invite iron jog join learn listen look mail make meet message mop move mow order
    organise organize pack paint pay phone pick plan plant play post practice practise prepare print
    prune publish read refill register remember renew repair reply report research reserve return
    review ring run schedule sell send service set shop shower sign sleep sort start stretch study
    submit swim take talk tell text thank tidy train translate travel try turn update upgrade vacuum
    visit wait wake walk wash watch water weed wipe work workout wrap write
""")

# Past forms to what a title would say; empty: the deed is in the object ("did the laundry").
_DEEDS = """
    ate:eat baked:bake been:go booked:book bought:buy brought:bring built:build called:call
    cleaned:clean completed: cut:cut did: done: drew:draw drank:drink drove:drive fed:feed finished:
    fixed:fix found:find gave:give given:give gone:go got:get gotten:get made:make met:meet paid:pay
    picked:pick planned:plan put:put ran:run rang:ring read:read rung:ring said:say sent:send
    set:set shopped:shop sold:sell spoke:speak spoken:speak swept:sweep taken:take taught:teach
    tidied:tidy told:tell took:take went:go wrote:write written:write
"""
DEEDS = {past: base for past, _, base in (pair.partition(":") for pair in _DEEDS.split())}
NOT_DEEDS = _set("need feed speed wanted liked loved hated tried wished hoped noticed added asked decided")
STOP_WORDS = _set("a an the my our your some this that these those to task todo item please of for")
