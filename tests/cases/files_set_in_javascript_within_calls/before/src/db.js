const { Pool } = require('pg')

const write = new Pool({
  max: 10,
  ssl: { rejectUnauthorized: false }, // TODO
})

const options = { max: 2 }
const read = new Pool(options)

module.exports = { write, read, retries: 3 }
