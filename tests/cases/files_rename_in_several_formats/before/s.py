old = {'x': 1}
