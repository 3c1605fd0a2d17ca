"""What rooms and their media refuse."""

from __future__ import annotations

from core.errors import Refusal


class WrongStreamKey(Refusal):
    code, status, title = "wrong_stream_key", 401, "The stream key is wrong."
    proves = True


class RoomNotLive(Refusal):
    code, status, title = "room_not_live", 409, "The room is not live."


class RoomEnded(Refusal):
    code, status, title = "room_ended", 410, "The room has ended."


class NoOpenRoom(Refusal):
    code, status, title = "no_open_room", 409, "You have no open room; create one first."


class TooManyRooms(Refusal):
    code, status, title = "too_many_rooms", 409, "You have too many open rooms; end one first."


class AlreadyPublishing(Refusal):
    code, status, title = "already_publishing", 409, "Someone is already publishing to this room."


class ViewersFull(Refusal):
    code, status, title = "viewers_full", 503, "This server has reached its limit of viewers."
