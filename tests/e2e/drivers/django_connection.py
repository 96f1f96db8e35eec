# Run by `manage.py shell`: opens the connection $ALIAS as the application does.
import os
import sys

from django.db import OperationalError, connections

try:
    with connections[os.environ['ALIAS']].cursor() as cursor:
        cursor.execute(os.environ['SESSION_QUERY'])
        print(cursor.fetchone()[0])
except OperationalError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
