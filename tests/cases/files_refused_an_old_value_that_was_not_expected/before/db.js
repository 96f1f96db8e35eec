const p = new Pool({
  ssl: { rejectUnauthorized: false },
})
