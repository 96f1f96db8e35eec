import os
import dj_database_url

DATABASES = {"default": dj_database_url.parse(os.environ["WEB_URL"], conn_max_age=600)}
