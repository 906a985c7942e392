"""The texts a new instance starts with: who writes, what is open, how to pay or answer, how to stop.

No promotion, no threat, and nothing about a debt where others may read it: not in a subject, not in a text's first line.
"""

from django.db import migrations

MAIL_ENDINGS = {
    "en": """
If you have paid in the meantime, please ignore this message: nothing more is needed.
If something is not right, or you would rather not get these messages, tell us on the same page. It stops at once.

{merchant}
Questions: {contact}
Reference: {case}
""",
    "ko": """
이미 결제하셨다면 이 안내는 무시하셔도 됩니다. 따로 하실 일은 없습니다.
내용이 사실과 다르거나 이런 안내를 더 받고 싶지 않으시면 같은 페이지에서 알려 주세요. 바로 중단됩니다.

{merchant}
문의: {contact}
안내 번호: {case}
""",
}

MAILS = {
    ("reminder-1", "en"): (
        "A note about your purchase at {merchant}",
        """Hello {customer},

this is {merchant}. A payment did not go through, which happens easily. {amount} is still open:

{items}

You can look at it, pay, or choose a date that suits you here:
{link}
""",
    ),
    ("reminder-1", "ko"): (
        "[{merchant}] 이용 내역 안내",
        """{customer}님, 안녕하세요. {merchant}입니다.

결제가 완료되지 않은 내역이 있어 알려 드립니다. 남아 있는 금액은 {amount}입니다.

{items}

아래 페이지에서 내역을 확인하고 결제하시거나, 편하신 결제일을 정하실 수 있습니다.
{link}
""",
    ),
    ("reminder-2", "en"): (
        "Your purchase at {merchant}: a short reminder",
        """Hello {customer},

we wrote to you a few days ago. {amount} is still open at {merchant}:

{items}

It takes a minute to settle it, or to tell us why it should not be paid:
{link}
""",
    ),
    ("reminder-2", "ko"): (
        "[{merchant}] 이용 내역 다시 안내드립니다",
        """{customer}님, 안녕하세요. {merchant}입니다.

며칠 전 안내드린 내역이 아직 남아 있습니다. 남아 있는 금액은 {amount}입니다.

{items}

아래 페이지에서 바로 결제하시거나, 결제하지 않으실 이유가 있다면 알려 주세요.
{link}
""",
    ),
    ("offer", "en"): (
        "{merchant}: choose what suits you",
        """Hello {customer},

{amount} is still open at {merchant}:

{items}

If this is not a good moment, name the day on which you can pay and we will be silent until then. No fee is added.
{link}
""",
    ),
    ("offer", "ko"): (
        "[{merchant}] 편하신 방법을 선택하실 수 있습니다",
        """{customer}님, 안녕하세요. {merchant}입니다.

남아 있는 금액은 {amount}입니다.

{items}

지금이 어려우시면 결제 가능한 날짜를 정해 주세요. 그날까지 안내를 보내지 않으며, 추가 수수료도 없습니다.
{link}
""",
    ),
    ("last-notice", "en"): (
        "{merchant}: our last note about your purchase",
        """Hello {customer},

{amount} is still open at {merchant} since {due_on}:

{items}

This is the last reminder we plan to send about it. You can still pay, choose a date, or tell us what is wrong:
{link}
""",
    ),
    ("last-notice", "ko"): (
        "[{merchant}] 이용 내역 마지막 안내",
        """{customer}님, 안녕하세요. {merchant}입니다.

{due_on}부터 남아 있는 금액은 {amount}입니다.

{items}

이 건으로 보내 드리는 마지막 안내입니다. 지금도 결제하시거나, 결제일을 정하시거나, 사실과 다른 점을 알려 주실 수 있습니다.
{link}
""",
    ),
}

SHORT_MESSAGES = {
    ("reminder-1", "en"): "{merchant}: a note about {case}.\n{amount} is open. See, pay or answer: {link}\n"
    "Paid already? Ignore this. Stop: same link. Questions: {contact}",
    ("reminder-1", "ko"): "[{merchant}] 안내 {case}\n결제가 완료되지 않은 금액 {amount}이 있습니다. 확인·결제·문의: {link}\n"
    "이미 결제하셨다면 무시하세요. 수신 중단: 같은 링크. 문의 {contact}",
    ("reminder-2", "en"): "{merchant}: about {case} again.\n{amount} is still open. Pay or answer: {link}\n"
    "Paid already? Ignore this. Stop: same link. Questions: {contact}",
    ("reminder-2", "ko"): "[{merchant}] 다시 안내 {case}\n남은 금액 {amount}. 결제·문의: {link}\n"
    "이미 결제하셨다면 무시하세요. 수신 중단: 같은 링크. 문의 {contact}",
    ("offer", "en"): "{merchant}: about {case}.\n{amount} is open. Choose the day that suits you, no fee: {link}\n"
    "Paid already? Ignore this. Stop: same link. Questions: {contact}",
    ("offer", "ko"): "[{merchant}] 안내 {case}\n남은 금액 {amount}. 편하신 결제일을 정해 주세요(수수료 없음): {link}\n"
    "이미 결제하셨다면 무시하세요. 수신 중단: 같은 링크. 문의 {contact}",
    ("last-notice", "en"): "{merchant}: last note about {case}.\n{amount} is open. Pay, choose a date or answer: {link}\n"
    "Paid already? Ignore this. Stop: same link. Questions: {contact}",
    ("last-notice", "ko"): "[{merchant}] 마지막 안내 {case}\n남은 금액 {amount}. 결제·결제일 선택·문의: {link}\n"
    "이미 결제하셨다면 무시하세요. 수신 중단: 같은 링크. 문의 {contact}",
}


def add_texts(apps, schema_editor) -> None:
    template = apps.get_model("reminders", "Template")
    mails = [
        template(key=key, channel="email", language=language, subject=subject, body=body + MAIL_ENDINGS[language])
        for (key, language), (subject, body) in MAILS.items()
    ]
    short = [
        template(key=key, channel="sms", language=language, body=body)
        for (key, language), body in SHORT_MESSAGES.items()
    ]
    template.objects.bulk_create(mails + short)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [migrations.RunPython(add_texts, migrations.RunPython.noop)]
