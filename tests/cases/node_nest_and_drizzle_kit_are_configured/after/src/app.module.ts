import { Module } from '@nestjs/common';
import { SequelizeModule } from '@nestjs/sequelize';
import { TypeOrmModule } from '@nestjs/typeorm';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      autoLoadEntities: true,
      ssl: {
        rejectUnauthorized: true,
        // Read for every new connection: not at build time, and again after rotation.
        get secureContext() {
          try {
            return createSecureContext({
              ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
              cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
              key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
            });
          } catch (error) {
            console.error('PostgreSQL TLS files cannot be used:', error);
            return createSecureContext({ ca: [] }); // trusts no server: the connection is refused
          }
        },
      },
    }),
    TypeOrmModule.forRoot({ type: 'sqlite', database: ':memory:' }),
    TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'postgres', host: 'db.internal' }) }),
    SequelizeModule.forRoot({ dialect: 'postgres', host: 'db.internal', models: [], dialectOptions: { get ssl() {
      // Read when the pool is made: not at build time.
      try {
        return {
          rejectUnauthorized: true,
          ca: readFileSync('/etc/certs/server-ca.pem', 'utf8'),
          cert: readFileSync('/etc/certs/client-cert.pem', 'utf8'),
          key: readFileSync('/etc/certs/client-key.pem', 'utf8'),
        };
      } catch (error) {
        console.error('PostgreSQL TLS files cannot be used:', error);
        return { rejectUnauthorized: true, ca: [] }; // trusts no server: the connection is refused
      }
    } } }),
  ],
})
export class AppModule {}
