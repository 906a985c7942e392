"""English: key to subject, mail and text message. `0007` puts a greeting before and an ending after them."""

GREETING = "Hello {customer},\n\n"
ENDING = """
{merchant}
Questions: {contact}
Reference: {case}
"""
REMINDER_ENDING = """
If you have paid in the meantime, please ignore this message: nothing more is needed.
If something is not right, or you would rather not get these messages, tell us on the same page. It stops at once.
"""
SHORT_HEAD = "{merchant}: about {case}.\n"
SHORT_TAIL = "\nQuestions: {contact}"
REMINDER_SHORT_TAIL = "\nPaid already? Ignore this. Stop: same link. Questions: {contact}"

# What follows an entry of history.
LETTERS = {
    "receipt": (
        "{merchant}: we have received your payment",
        """we received {paid} on {date}. Thank you.

{parts}

{amount} is still open. Your receipt is here:
{link}
""",
        "We received {paid} on {date}. Thank you. Still open: {amount}. Receipt: {link}",
    ),
    "receipt-in-full": (
        "{merchant}: we have received your payment",
        """we received {paid} on {date}. Thank you.

{parts}

Nothing is left open, and there is nothing more to do.
Your receipt and a certificate that all is paid are here:
{link}
""",
        "We received {paid} on {date}. Thank you. Nothing is left open. Receipt and certificate: {link}",
    ),
    "promise-noted": (
        "{merchant}: we have noted your date",
        """as you told us on {date}, we have noted that you will pay {agreed} on {until}.

- Until then we will not write to you about it.
- By naming a date you acknowledge what you owe, so the limitation period starts again (Korean Civil Act, article 168(3)).

You can pay earlier, or tell us that things have changed, here:
{link}
""",
        "Noted: you will pay {agreed} on {until}. We are silent until then. "
        "This acknowledges what you owe (Korean Civil Act 168). Pay or change: {link}",
    ),
    "offer-accepted": (
        "{merchant}: what you agreed to",
        """this is what you agreed to on {date}, word for word. Please keep it.

- To pay: {agreed} (of {owed} that is open)
- By when: {until}
- Once it is paid: the remaining {waived} is given up for good, and this is closed. It will not be asked for again.
- If it is not paid by then: this agreement no longer holds, and what is not paid stays open.
- What agreeing means: you have acknowledged what you owe, so the limitation period started again on {date} \
(Korean Civil Act, articles 168(3) and 178).

Until then we will not write to you about paying. You can pay here:
{link}
""",
        "You agreed: pay {agreed} (of {owed}) by {until}; then the remaining {waived} is given up for good. Not paid by then: no longer "
        "valid. The limitation period started again on {date} (Korean Civil Act 168). Pay: {link}",
    ),
    "offer-paid": (
        "{merchant}: all settled",
        """on {date} we received the {agreed} you agreed to pay. Thank you.

As agreed, the remaining {waived} is given up and will not be asked for again. Nothing is left open.
Your receipt and a certificate that all is paid are here:
{link}
""",
        "We received the agreed {agreed}. The remaining {waived} is given up; nothing is left open. Receipt and certificate: {link}",
    ),
    "plan-made": (
        "{merchant}: the dates you chose",
        """as you chose on {date}, you will pay {agreed} like this. Please keep it.

{instalments}

- You can pay each one on the page below, also earlier.
- As long as you keep to it we will not write to you about paying.
- One late instalment does not end it: we tell you first, and move the date once.
- Only when nothing has been paid for three months can the agreement be ended, and only after a notice. \
What was given up does not come back even then.
- By agreeing you have acknowledged what you owe, so the limitation period started again on {date} \
(Korean Civil Act, articles 168(3) and 178).

{link}
""",
        "Your instalments, {agreed} in all:\n{instalments}\n"
        "The limitation period started again on {date} (Korean Civil Act 168). Pay or change: {link}",
    ),
    "plan-completed": (
        "{merchant}: all your dates are done",
        """all instalments, {agreed} in all, have arrived ({date}). Thank you for seeing it through.

Still open on this reference: {amount}. Your receipts and a certificate that all is paid are here:
{link}
""",
        "All instalments ({agreed}) have arrived. Thank you. Still open: {amount}. Receipts and certificate: {link}",
    ),
    "plan-missed": (
        "{merchant}: about the dates you chose",
        """the {missed} planned for {date} has not arrived yet.

Your agreement stands as it is. If you have paid in the meantime, please ignore this message.
If you need another date, or things are difficult, please tell us here:
{link}
""",
        "The {missed} planned for {date} has not arrived yet. Your agreement stands. See or change: {link}",
    ),
    "plan-second-chance": (
        "{merchant}: we have moved a date for you",
        """we have moved the {missed} planned for {date} to {until}. The other dates stay as they are.

You need not do anything for that. If this date does not work either, please tell us here:
{link}
""",
        "We have moved the {missed} planned for {date} to {until}. See or change: {link}",
    ),
    "plan-rescission": (
        "{merchant}: an important notice about your agreement",
        """{missed} of your agreement has been missing since {date}.

Unless it is paid, or we hear from you, by {until}, the agreement to pay in instalments will be ended. We tell you beforehand so that \
you can still act:

- If you pay {missed} before, the agreement stands.
- If it ends, the remaining {amount} follows the dates it had before. What was given up does not come back.
- If this is not right, or things are difficult, please tell us before then:
{link}
""",
        "{missed} of your agreement is missing since {date}. Unless paid, or we hear from you, by {until} it will be ended. "
        "Not right? Tell us: {link}",
    ),
    "dispute-noted": (
        "{merchant}: we have received your message",
        """we have received what you told us. We will look into this and answer by {until}:

{disputed}

Until then we will not ask you to pay it, and no fee is added.
{link}
""",
        "We have received what you told us and will answer by {until}. Until then we do not ask you to pay it. {link}",
    ),
    "dispute-upheld": (
        "{merchant}: our answer to you",
        """we have looked into what you told us. You do not have to pay this:

{disputed}

{answer}

We are sorry for the trouble. Still open on this reference: {amount}.
{link}
""",
        "You do not have to pay what you told us about. We are sorry for the trouble. The whole answer: {link}",
    ),
    "dispute-rejected": (
        "{merchant}: our answer to you",
        """we have looked into what you told us. We find that this is to be paid:

{disputed}

{answer}

For the next 3 business days we will not ask you for it.
If you do not agree, please tell us on the page below or write to us. A consumer advice service can help you too.
{link}
""",
        "We find that what you told us about is to be paid. We do not ask for it for the next 3 business days. "
        "The whole answer, and how to object: {link}",
    ),
    "deferral-noted": (
        "{merchant}: we have noted what you told us",
        """we have noted what you told us, and will not ask you to pay until {until}.

- You need not do anything until then, and no fee is added.
- If it takes longer, you can put it off once more for as long again.
- Debt advice services help free of charge (in Korea: the Credit Counseling and Recovery Service, 1600-5500).

{link}
""",
        "We will not ask you to pay until {until}, and no fee is added. More: {link}",
    ),
    "adjustment-requested": (
        "{merchant}: we have received your request",
        """we have received your request to change what you owe. We will decide and tell you by {until}.

Until then we will not ask you to pay, and will not hand this over to anybody.
{link}
""",
        "We have received your request and will decide by {until}. Until then we do not ask you to pay. {link}",
    ),
    "adjustment-offered": (
        "{merchant}: about your request",
        """this is what we can offer you on your request:

{answer}

- You can agree to it on the page below by {until}. Until then we do not ask you to pay.
- By agreeing you acknowledge what you owe, so the limitation period starts again (Korean Civil Act, article 168(3)).
- If you do not agree, everything stays as it is.
{link}
""",
        "There is an answer to your request. You can read it and agree by {until}: {link}",
    ),
    "adjustment-refused": (
        "{merchant}: about your request",
        """we are not able to agree to your request. This is why:

{answer}

Other ways are open to you:
- a debt advice service (in Korea: the Credit Counseling and Recovery Service, 1600-5500)
- a court procedure for people who cannot pay (in Korea: individual rehabilitation or bankruptcy; free legal advice 132)
{link}
""",
        "We are not able to agree to your request. Why: {link} Other ways: a debt advice service (Korea: CCRS 1600-5500), "
        "or a court procedure for people who cannot pay (Korea: free legal advice 132)",
    ),
    "adjustment-accepted": (
        "{merchant}: what you agreed to",
        """this is what you agreed to on {date}, word for word. Please keep it.

{answer}

By agreeing you have acknowledged what you owe, so the limitation period started again on {date} (Korean Civil Act, article 168(3)).
{link}
""",
        "You agreed to the changed terms on {date}. What you agreed to: {link}",
    ),
    "placement-announced": (
        "{merchant}: a notice about who will write to you",
        """from {until} on, another company will look after this for us. We tell you beforehand:

- Who: {agency}
- How to reach them: {agency_contact}
- Amount: {amount}

{items}

It stays owed to {merchant}, on the same terms.
You can still pay or name a date before then. If something is not right, tell us on the page below or write to us: while we look into it \
nothing is handed over.
{link}
""",
        "From {until} on, {agency} ({agency_contact}) will look after this for us. Amount {amount}. Pay or object: {link}",
    ),
    "credit-refunded": (
        "{merchant}: your money back",
        """we returned the {paid} that you had paid too much on {date}.

It may take a few days to arrive, depending on how you paid.
{link}
""",
        "We returned the {paid} you had paid too much on {date}. It may take a few days to arrive. {link}",
    ),
    "code": (
        "{merchant}: your code",
        """your code is {code}. It can be used until {until}.

If you did not ask for it, please ignore this message. Nobody at {merchant} will ever ask you for it.
""",
        "Code {code} (until {until}). Nobody at {merchant} will ask you for it. Not asked for? Ignore this.",
    ),
    "new-link": (
        "{merchant}: the link you asked for",
        """here is the new link you asked for:
{link}

If you did not ask for it, please ignore this message. Please do not pass the link on.
""",
        "The new link you asked for: {link} Not asked for? Ignore this.",
    ),
}

# The ladder once asking had rested for hardship.
SOFTER = {
    "reminder-1": (
        "A note about your purchase at {merchant}",
        """the time we agreed to leave you in peace is over, so this is a careful note: {amount} is still open.

{items}

If it is still difficult, please do not worry. On this page you can put it off once more, pay in instalments, or tell us how things are:
{link}
""",
        "A careful note: {amount} is still open. If it is still difficult, you can put it off or pay in instalments: {link}",
    ),
    "reminder-2": (
        "Your purchase at {merchant}: a short reminder",
        """the {amount} we wrote to you about is still open.

{items}

Choose what fits your situation on this page. If you tell us that it is still difficult, we will be silent:
{link}
""",
        "{amount} is open. Choose what fits your situation, or tell us it is still difficult: {link}",
    ),
    "offer": (
        "{merchant}: choose what suits you",
        """{amount} is still open at {merchant}:

{items}

{offer}

If that is too much at once, you can pay in instalments or name a date; if it is still difficult, you can put it off longer.
{link}
""",
        "{amount} is open. {offer_short}You can also pay in instalments or put it off: {link}",
    ),
    "last-notice": (
        "{merchant}: our last note about your purchase",
        """{amount} is still open, and this is the last note we plan to send about it.

{items}

If it is difficult, please tell us even now: it can be put off or paid in instalments, and debt advice services help free of charge.
{link}
""",
        "{amount} is open; our last note. If it is difficult, tell us: it can be put off or paid in instalments: {link}",
    ),
}
# The offer step of everybody, with what stands.
OFFER = (
    "{merchant}: choose what suits you",
    """{amount} is still open at {merchant}:

{items}

{offer}

If this is not a good moment, name the day on which you can pay, or pay in instalments. Until that day we will be silent.
{link}
""",
    "{amount} is open. {offer_short}Or name a day, or pay in instalments: {link}",
)
