"""Decoding in a process of its own, which cannot take more memory than it said it would.

An AVIF file may say that it is small and hold 268 million pixels all the same; its decoder
believes what it finds. The kernel bounds such a process, and it is that process alone which ends
if a decoder, being large and in C, does worse. Large images are decoded so as well: what they take
goes back to the system, where threads of one process would each keep theirs.
"""

import os
import resource
import subprocess
import sys
from typing import IO

from PIL import Image

from handlers.media.animation import TooMuchMovesError, animate
from handlers.media.decoding import decode, open_image
from handlers.media.memory import MIB
from handlers.media.purposes import Purpose

FORMATS = frozenset({"AVIF", "HEIF"})
BYTES = 160 * MIB  # from which on an image is large: a JPEG of 12 megapixels takes less
SECONDS = 20
SLACK = 64 * MIB  # for the interpreter, which has allocated some of it before the limit is set
TOO_MUCH = b"too much moves\n"
INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")  # no secrets


class DecoderError(Exception):
    """The process ended without an image."""


def is_for_apart(source: Image.Image, size: int) -> bool:
    """Whether an opened image that takes so many bytes is to be decoded apart."""
    return source.format in FORMATS or size > BYTES


def decode_apart(file: IO[bytes], purpose: Purpose, size: int) -> Image.Image:
    """Return what `decode` does.

    Args:
        file: A file of the system's; its position is lost.
        purpose: What the image is wanted for.
        size: How many bytes of memory it may take.

    Raises:
        DecoderError: It cannot be decoded, within that size and within SECONDS.
    """
    return _run(file, purpose, "square" if purpose.square else "whole", size)[0]


def animate_apart(file: IO[bytes], purpose: Purpose, size: int) -> tuple[Image.Image, bytes]:
    """Return what `animate` does, and raise what it and decode_apart do."""
    return _run(file, purpose, "moving", size)


def _run(file: IO[bytes], purpose: Purpose, kind: str, size: int) -> tuple[Image.Image, bytes]:
    """Return an image and, where it moves, its animation."""
    file.seek(0)
    command = [sys.executable, "-m", __name__, str(size), str(purpose.side), kind]
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    try:
        done = subprocess.run(
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env=environment,
            start_new_session=True,  # a Ctrl-C is for us
            check=True,
        )
        if done.stdout == TOO_MUCH:
            raise TooMuchMovesError
        end = done.stdout.index(b"\n") + 1
        mode, width, height, moving = done.stdout[:end].decode().split()
        pixels = end + int(moving)
        image = Image.frombytes(mode, (int(width), int(height)), memoryview(done.stdout)[pixels:])
        return image, done.stdout[end:pixels]
    except (subprocess.SubprocessError, ValueError) as error:
        raise DecoderError(str(error)) from error


def main() -> None:
    """Read a file from stdin; write `mode width height bytes`, a newline, these bytes, the pixels.

    The bytes are those of the animation, where one is wanted.
    """
    size, side, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    limit = size + SLACK
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    purpose = Purpose(side, side, square=kind == "square")
    source, _ = open_image(sys.stdin.buffer, purpose)
    moving = b""
    if kind == "moving":
        try:
            image, moving = animate(source, purpose)
        except TooMuchMovesError:
            sys.stdout.buffer.write(TOO_MUCH)
            return
    else:
        image = decode(source, purpose)
    sys.stdout.buffer.write(f"{image.mode} {image.width} {image.height} {len(moving)}\n".encode())
    sys.stdout.buffer.write(moving)
    sys.stdout.buffer.write(image.tobytes())


if __name__ == "__main__":
    main()
