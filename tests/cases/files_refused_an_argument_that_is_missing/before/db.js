connect({ ssl: false }, 'a');
