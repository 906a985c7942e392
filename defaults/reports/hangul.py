"""Korean as it is being typed: the last consonant may close a syllable now and open the next one with the next key."""

FIRST_SYLLABLE, LAST_SYLLABLE, FINALS = 0xAC00, 0xD7A3, 28
INITIALS = 0x1100
# Of each final consonant: what stays as the final, and which initial it becomes. Two letters part after the first.
_PARTED = {
    1: (0, 0), 2: (0, 1), 3: (1, 9), 4: (0, 2), 5: (4, 12), 6: (4, 18), 7: (0, 3), 8: (0, 5), 9: (8, 0),
    10: (8, 6), 11: (8, 7), 12: (8, 9), 13: (8, 16), 14: (8, 17), 15: (8, 18), 16: (0, 6), 17: (0, 7),
    18: (17, 9), 19: (0, 9), 20: (0, 10), 21: (0, 11), 22: (0, 12), 23: (0, 14), 24: (0, 15), 25: (0, 16),
    26: (0, 17), 27: (0, 18),
}  # fmt: skip
# Consonants that stand alone, as keyboards write them, in the order of the initials.
_ALONE = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def half_typed(text: str) -> str | None:
    """What `text` is if its last consonant opens the next syllable: 이도 on the way from 읻 or 이ㄷ. None where it cannot."""
    last = text[-1:]
    if last and last in _ALONE:
        return text[:-1] + chr(INITIALS + _ALONE.index(last))
    if not FIRST_SYLLABLE <= ord(last or " ") <= LAST_SYLLABLE:
        return None
    final = (ord(last) - FIRST_SYLLABLE) % FINALS
    if not final:
        return None
    stays, opens = _PARTED[final]
    return text[:-1] + chr(ord(last) - final + stays) + chr(INITIALS + opens)
