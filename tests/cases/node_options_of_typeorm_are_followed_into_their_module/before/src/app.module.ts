import { TypeOrmModule } from '@nestjs/typeorm';
import { options } from './db/options';

export const imports = [TypeOrmModule.forRoot(options)];
