old = {'z': 1}
