//! A CSV file into a SQLite table, each row exactly once, whatever is killed in between: the mark of a batch is
//! kept in the same transaction as its rows. A row that makes no sense is passed over, and reported.
//!
//! ```sh
//! cargo run -p longhaul-worker --example csv_to_sqlite
//! longhaul submit import-csv --param csv=$PWD/orders.csv --param database=$PWD/orders.sqlite
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use longhaul_worker::source::{CsvFormat, CsvRows, Fingerprint};
use longhaul_worker::{Cx, Failure, Mark, OrFail as _, Source, Task, Worker};
use rusqlite::{Connection, OptionalExtension as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Imports a CSV file of orders into a SQLite table.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Params {
    /// The file, with the columns id, customer and amount.
    csv: PathBuf,
    /// The database; it is made if it isn't there.
    database: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Order {
    id: i64,
    customer: String,
    amount: String,
}

const TABLES: &str = "PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS orders (id INTEGER, customer TEXT, amount REAL);
    CREATE TABLE IF NOT EXISTS marks (task TEXT PRIMARY KEY, mark TEXT)";

const INSERT: &str = "INSERT INTO orders VALUES (?1, ?2, ?3)";
const KEEP: &str = "INSERT OR REPLACE INTO marks VALUES (?1, ?2)";
const FIND: &str = "SELECT mark FROM marks WHERE task = ?1";

struct Import {
    database: Connection,
}

impl Task for Import {
    const KIND: &'static str = "import-csv";
    type Params = Params;
    type Item = Order;
    type Shared = ();

    fn source(params: &Params, (): &()) -> Result<Box<dyn Source<Order>>, Failure> {
        let file = Fingerprint::of_path(&params.csv).or_suspend("opening the file")?;
        let rows = CsvRows::open(&params.csv, file, CsvFormat::default());
        Ok(Box::new(rows.or_suspend("opening the file")?))
    }

    fn init(params: Params, (): (), _: &Cx) -> Result<Self, Failure> {
        let database = Connection::open(params.database)?;
        database.execute_batch(TABLES)?;
        Ok(Self { database })
    }

    fn batch(&mut self, orders: &[Order], cx: &Cx) -> Result<(), Failure> {
        let transaction = self.database.transaction()?;
        for (place, order) in orders.iter().enumerate() {
            cx.check()?;
            match order.amount.parse::<f64>() {
                Ok(amount) => {
                    let row = (order.id, &order.customer, amount);
                    transaction.prepare_cached(INSERT)?.execute(row)?;
                }
                Err(error) => cx.skip_item(place, format!("amount {:?}: {error}", order.amount)),
            }
        }
        let mark = serde_json::to_string(&cx.mark()?)?;
        transaction.execute(KEEP, (cx.task().to_string(), mark))?;
        Ok(transaction.commit()?)
    }

    fn committed(&mut self, cx: &Cx) -> Result<Option<Mark>, Failure> {
        let task = cx.task().to_string();
        let kept = self.database.query_row(FIND, [task], |row| row.get(0));
        let kept: Option<String> = kept.optional()?;
        let mark = kept.map(|mark| serde_json::from_str(&mark)).transpose();
        mark.or_suspend("reading the mark")
    }
}

fn main() -> ExitCode {
    Worker::main(|worker| Ok(worker.register::<Import>(())))
}
