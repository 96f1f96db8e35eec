const { Pool } = require('pg')

const write = new Pool({
  max: 20,
  ssl: { rejectUnauthorized: true }, // TODO
})

const options = { max: 20 }
const read = new Pool(options)

module.exports = { write, read, retries: 5 }
