import { Module } from '@nestjs/common';
import { SequelizeModule } from '@nestjs/sequelize';
import { TypeOrmModule } from '@nestjs/typeorm';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      autoLoadEntities: true,
    }),
    TypeOrmModule.forRoot({ type: 'sqlite', database: ':memory:' }),
    TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'postgres', host: 'db.internal' }) }),
    SequelizeModule.forRoot({ dialect: 'postgres', host: 'db.internal', models: [] }),
  ],
})
export class AppModule {}
