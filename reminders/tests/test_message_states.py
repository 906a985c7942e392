import pytest

from reminders.message_states import (
    COUNTS_AS_CONTACT,
    ENDED,
    MOVES,
    STEP_ENDED,
    MessageEvent,
    MessageState,
    MoveRefused,
    can_move,
    move,
)


def test_a_message_goes_from_the_queue_to_the_customer():
    state = MessageState.QUEUED
    for event in (MessageEvent.CLAIM, MessageEvent.ACCEPT, MessageEvent.DELIVER):
        state = move(state, event)
    assert state is MessageState.DELIVERED


def test_what_never_left_cannot_be_delivered():
    with pytest.raises(MoveRefused, match="queued cannot deliver"):
        move(MessageState.QUEUED, MessageEvent.DELIVER)


@pytest.mark.parametrize("state", sorted(ENDED - {MessageState.DELIVERED}))
def test_an_ended_message_moves_no_more(state):
    assert not any(can_move(state, event) for event in MessageEvent)


def test_a_delivered_message_may_still_bounce_and_do_nothing_else():
    assert [event for event in MessageEvent if can_move("delivered", event)] == [MessageEvent.BOUNCE]


def test_every_state_can_come_to_an_end():
    ending = set(ENDED)
    while grown := {before for (before, _), after in MOVES.items() if after in ending} - ending:
        ending |= grown
    assert ending == set(MessageState)


def test_a_doubt_counts_as_a_contact_and_lets_the_ladder_go_on():
    assert MessageState.UNCONFIRMED in COUNTS_AS_CONTACT & STEP_ENDED
    assert COUNTS_AS_CONTACT.isdisjoint({"queued", "failed", "cancelled", "expired"})


def test_states_and_events_may_be_given_as_stored_text():
    assert move("sending", "lose") is MessageState.UNCONFIRMED
