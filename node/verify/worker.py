"""A worker: reads questions from standard input and writes answers to standard output, until the input ends.

    python -m node.verify.worker

It imports only what finds a key behind a signature, so that it starts in a tenth of a second and takes 18 MB. Its input ends when
its node closes it or dies, however that dies, so no worker outlives its node.
"""

import os
from typing import BinaryIO

from chain.keys import InvalidSignature, signature_key
from node.verify.frames import FRAME_BYTES_MAX, NO_KEY, SIZE_BYTES, Asked, BrokenFrame, answer, framed, read_question


def key_behind(asked: Asked) -> bytes:
    try:
        return signature_key(*asked)
    except InvalidSignature:
        return NO_KEY


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions in their order until there are no more. Raises BrokenFrame."""
    while size := int.from_bytes(questions.read(SIZE_BYTES), "big"):
        if size > FRAME_BYTES_MAX:
            raise BrokenFrame(f"it would have {size} bytes")
        body = questions.read(size)
        if len(body) < size:
            return  # the node has died in the middle of it
        answers.write(framed(answer(body, [key_behind(asked) for asked in read_question(body)])))
        answers.flush()


def main() -> None:
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not become an answer
    with os.fdopen(0, "rb") as questions, os.fdopen(answers, "wb") as replies:
        serve(questions, replies)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(0)  # the node is gone; what is buffered for it has nowhere to go
