"""Which images may be sent, and what becomes of one."""

from dataclasses import dataclass

FILE_BYTES_MAX = 16 * 2**20
PIXELS_MAX = 65_000_000  # of a camera of 64 megapixels: 9280 x 6944
FRAMES_MAX = 300  # of an animation
MOVING_PIXELS_MAX = 100_000_000  # of all its frames: 640 x 480 for 300 of them
KINDS = "JPEG, PNG, WebP, GIF or AVIF"  # and HEIC, where pi_heif is installed


@dataclass(frozen=True, slots=True)
class Purpose:
    """Sizes in pixels, of the longer side.

    A square image is cut out of the middle, and enlarged where it must be; others keep their
    proportions and are never enlarged. What moves goes on moving where moves says so.
    """

    side: int
    thumbnail: int
    square: bool = False
    moves: bool = False

    def describe(self) -> str:
        """Return what is kept of an image, for the documents."""
        if self.square:
            small = f"{self.thumbnail} x {self.thumbnail}"
            return f"{self.side} x {self.side} pixels out of the middle ({small} the small one)"
        return f"{self.side} pixels at most on its longer side ({self.thumbnail} the small one)"


AVATAR = Purpose(400, 96, square=True)
BANNER = Purpose(1500, 480)
POST = Purpose(2048, 680, moves=True)
IMAGE_SIDE_MAX = max(AVATAR.side, BANNER.side, POST.side)  # more is worth nothing to send
