start = '2001-01-01'
at = None
days = ['2001-01-01']
map = {}
