//! The server, its areas, accounts and phones.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::as_of;

#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address devices reach the server at, printed in invitations. Default: the listen address
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A proxy in front ends TLS: allows a listen address other than loopback
    #[arg(long)]
    pub behind_proxy: bool,
}

#[derive(Debug, Subcommand)]
pub enum Area {
    /// Import areas from a CSV file: code,parent,level,name_zh,name_en,valid_from,valid_to
    Import {
        /// The CSV file
        file: PathBuf,
    },
    /// List all areas
    List {
        /// Named as they were then: a time or a date
        #[arg(long, value_name = "TIME", value_parser = as_of)]
        as_of: Option<i64>,
    },
    /// End areas that others follow: merged, given a new code, or divided (--from with several --to)
    Succeed {
        /// Code of an area that ends; may be given several times
        #[arg(long = "from", value_name = "CODE", required = true)]
        from: Vec<String>,
        /// Code of the area that follows; several: it was divided, and each record is placed by a person
        #[arg(long = "to", value_name = "CODE", required = true)]
        to: Vec<String>,
        /// First day of what follows, as 2015-07-01
        #[arg(long, value_name = "DATE")]
        on: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account
    Add {
        /// Sign-in name
        name: String,
        /// enumerator, supervisor or admin
        #[arg(long)]
        role: String,
        /// Area code; the account covers everything below it. May be given several times
        #[arg(long = "area", value_name = "CODE")]
        areas: Vec<String>,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Say what a person is besides the role (doctor, cadre): whose answer is suggested when people differ
    Post {
        /// Sign-in name
        name: String,
        /// One word; without it the post is taken away
        post: Option<String>,
    },
    /// List accounts
    List,
}

/// Where the password comes from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PasswordFrom {
    /// The password itself (visible to others on this machine; prefer --password-stdin)
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum Device {
    /// Make a one-time code (10 minutes) that enrols a phone for a user
    Invite {
        /// Sign-in name
        user: String,
        /// The server's address to print. Default: that of the last `doorstep serve`
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// List phones
    List,
    /// Revoke a phone: it delivers what it has signed and receives nothing more
    Revoke {
        /// Device id, as `device list` prints it
        device: String,
    },
}
