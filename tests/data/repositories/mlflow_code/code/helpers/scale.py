def scale(text, factor):
    return text * factor
