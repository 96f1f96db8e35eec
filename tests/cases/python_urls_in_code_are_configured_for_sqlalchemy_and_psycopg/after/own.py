from sqlalchemy import create_engine

URL = 'postgresql://shop@db.internal/shop'
engine = create_engine(URL, connect_args={'sslmode': 'require', 'sslrootcert': '/etc/certs/server-ca.pem', 'sslcert': '/etc/certs/client-cert.pem', 'sslkey': '/etc/certs/client-key.pem'})
