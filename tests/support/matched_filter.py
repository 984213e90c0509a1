"""Which digits a recording says, by correlation with the prompts they were made of: exact, where a speech
recogniser guesses."""
import pathlib
import wave

import numpy

SOUNDS = pathlib.Path('/usr/share/asterisk/sounds')
ENGLISH = SOUNDS / 'en_US_f_Allison'
RATE = 8000
ENOUGH = 0.8  # correlation; G.711 leaves 0.999 of the right prompt, and another digit reaches 0.5


def samples(file):
    """The samples of a WAVE file of 16 bits and one channel at 8000 Hz."""
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE), file
        return numpy.frombuffer(sound.readframes(sound.getnframes()), dtype='<i2').astype(float)


def correlation(sound, prompt):
    """For each place of `sound`: how much it is `prompt` there, -1 to 1, whatever the volume."""
    length = len(prompt)
    if len(sound) < length:
        return numpy.zeros(0)
    size = 1 << (len(sound) + length).bit_length()
    product = numpy.fft.irfft(numpy.fft.rfft(sound, size) * numpy.conj(numpy.fft.rfft(prompt, size)), size)
    energy = numpy.cumsum(numpy.concatenate(([0.0], sound * sound)))
    window = energy[length:] - energy[:-length]
    return product[:len(window)] / (numpy.sqrt(numpy.maximum(window, 0) * numpy.dot(prompt, prompt)) + 1.0)


class Heard:
    """What was found: `digits` in order, `seconds` at which each begins, and the least `correlation`."""

    def __init__(self, found):
        self.digits = ''.join(str(digit) for _, digit, _ in found)
        self.seconds = [place / RATE for place, _, _ in found]
        self.correlation = min((value for _, _, value in found), default=0.0)

    def gaps(self, folder=ENGLISH):
        """Seconds of silence between the end of each digit's prompt and the beginning of the next digit's."""
        lengths = [len(samples(folder / f'digits/{digit}.wav')) / RATE for digit in self.digits]
        return [later - begin - length
                for begin, later, length in zip(self.seconds, self.seconds[1:], lengths)]


def digits_heard(file, folder=ENGLISH):
    """The digits that `file` says in the voice of `folder`, which holds digits/0.wav to digits/9.wav."""
    sound = samples(file)
    found = []
    for digit in range(10):
        prompt = samples(folder / f'digits/{digit}.wav')
        values = correlation(sound, prompt)
        while len(values) > 0:
            place = int(values.argmax())
            if values[place] < ENOUGH:
                break
            found.append((place, digit, float(values[place])))
            values[max(0, place - len(prompt) // 2):place + len(prompt) // 2] = 0
    return Heard(sorted(found))
