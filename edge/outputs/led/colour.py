"""From probabilities to a colour: blending in OKLab, where equal steps look equal (Ottosson 2020)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# B. Ottosson, "A perceptual color space for image processing", 2020: linear sRGB to cone response, then to L, a, b
_LMS_OF_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_OF_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_RGB_OF_LMS = np.linalg.inv(_LMS_OF_RGB)
_LMS_OF_LAB = np.linalg.inv(_LAB_OF_LMS)


def linear_of_srgb(srgb: Floats) -> Floats:
    """Return the light of sRGB values, both 0 to 1 (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def srgb_of_linear(light: Floats) -> Floats:
    """Return the sRGB values of light, both 0 to 1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0) ** (1 / 2.4) - 0.055)


def oklab_of_linear(rgb: Floats) -> Floats:
    """Return OKLab (..., 3) of linear RGB (..., 3)."""
    return np.asarray(np.cbrt(rgb @ _LMS_OF_RGB.T) @ _LAB_OF_LMS.T)


def linear_of_oklab(lab: Floats) -> Floats:
    """Return linear RGB (..., 3), clipped to what an LED can show, of OKLab (..., 3)."""
    return np.clip((lab @ _LMS_OF_LAB.T) ** 3 @ _RGB_OF_LMS.T, 0.0, 1.0)


def linear_of_hex(colour: str) -> Floats:
    """Return linear RGB (3,) of "#rrggbb"."""
    return linear_of_srgb(np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]))


def blend(palette_lab: Floats, weights: Floats) -> Floats:
    """Return linear RGB (3,) of the palette (n, 3) in OKLab, mixed by weights (n,)."""
    return linear_of_oklab(weights @ palette_lab / max(float(weights.sum()), 1e-9))


# every value a frame can hold, as light: a table is cheaper than powers thirty times a second
LIGHT_OF_BYTE = linear_of_srgb(np.arange(256) / 255)
