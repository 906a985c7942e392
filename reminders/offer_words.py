"""What every offer must say, by language: until when, what it closes, and what agreeing does. Pure.

Agreeing acknowledges the debt, so the limitation period starts again (민법 168(3), 178); what is given up never comes back.
"""

from collections.abc import Mapping

FULL: Mapping[str, str] = {
    "en": """You can also close this with {pay} instead of {owed}.
- Until when: agree on the page below by {until}. The page then tells you by when to pay.
- What it closes: once {pay} is paid, everything listed above is closed. The remaining {waived} is given up for good and will \
not be asked for again.
- What agreeing means: by agreeing you acknowledge what you owe, so the limitation period starts again from that day \
(Korean Civil Act, articles 168(3) and 178).
- You do not have to agree. Nothing gets worse if you do not, and waiting does not bring a better offer.
""",
    "ko": """{owed} 대신 {pay}으로 이 건을 마무리하실 수도 있습니다.
- 기한: {until}까지 아래 페이지에서 동의해 주세요. 동의하시면 언제까지 결제하시면 되는지 안내해 드립니다.
- 마무리되는 범위: {pay}이 결제되면 위에 적힌 내역이 모두 마무리됩니다. 나머지 {waived}은 면제되며 나중에 다시 청구하지 않습니다.
- 동의의 효과: 동의하시면 남은 금액을 갚을 의무가 있음을 인정(채무의 승인)하시는 것이 되어, 소멸시효가 그날부터 새로 시작됩니다\
(민법 제168조 제3호, 제178조).
- 동의하지 않으셔도 불이익은 없으며, 기다리신다고 더 나은 조건을 제안해 드리지는 않습니다.
""",
}
SHORT: Mapping[str, str] = {
    "en": "Or close it with {pay} instead of {owed}: agree on the page by {until}. Once paid, the remaining {waived} is given "
    "up for good. Agreeing acknowledges what you owe and starts the limitation period again (Korean Civil Act 168(3)).\n",
    "ko": "{owed} 대신 {pay}으로 마무리하실 수도 있습니다. {until}까지 페이지에서 동의해 주세요. 결제되면 나머지 {waived}은 "
    "면제되며 다시 청구하지 않습니다. 동의하시면 채무의 승인이 되어 소멸시효가 새로 시작됩니다(민법 제168조 제3호).\n",
}
