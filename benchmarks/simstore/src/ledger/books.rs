//! Entries into the books: one for each happening, with the balance checked after every one that moves goods.

use super::{Account, Balance, Guest, Ledger, Line, Misplacement, Receipt, Refund};
use crate::life::{Happening, Moment, Package, Role, What};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Ledger {
    /// From `since` on, this article costs so much. Prices are entered in order of time.
    pub fn set_price(&mut self, article: usize, since: EventTime, price_minor: i64) {
        self.prices[article].push((since, price_minor));
        assert!(self.prices[article].is_sorted_by_key(|entry| entry.0), "ledger: prices go back in time");
    }

    fn price(&self, article: usize, at: EventTime) -> i64 {
        let prices = &self.prices[article];
        prices[prices.partition_point(|entry| entry.0 <= at) - 1].1
    }

    /// Enters all that happened up to a moment.
    pub fn observe(&mut self, moment: &Moment) {
        for present in &moment.present {
            if !self.guests.contains_key(&present.person.number) {
                *self.awaited.entry(present.person.visit).or_default() += 1;
                let guest = Guest { person: Arc::clone(&present.person), awaited: true };
                self.guests.insert(present.person.number, guest);
            }
        }
        for happening in &moment.happened {
            self.enter(happening);
        }
    }

    fn enter(&mut self, happening: &Happening) {
        let (at, who) = (happening.at, happening.person);
        match happening.what {
            What::Take { slot, package, .. } => {
                let article = self.off_slot(package, slot);
                self.enter_at(package, Account::With(who));
                let person = &self.guests[&who].person;
                if !matches!(person.role, Role::Staff(_)) {
                    let unit_price_minor = self.price(article, at);
                    let line = Line { package, article, taker: who, taken_at: at, slot, unit_price_minor };
                    self.bills.insert(package, (person.visit, line));
                }
                self.check(article, at);
            }
            What::PutBack { slot, package, .. } => {
                let article = self.off_person(package, who);
                self.enter_at(package, Account::Slot(slot));
                if self.home[slot] != Some(article) {
                    self.misplaced.insert(package, Misplacement { article, slot, person: who, since: at });
                }
                self.bills.remove(&package);
                if let Some((visit, line)) = self.paid.remove(&package) {
                    self.refunds.push(Refund { visit, at, line });
                }
                self.check(article, at);
            }
            What::HandOver { package, to, .. } => {
                let article = self.off_person(package, who);
                self.enter_at(package, Account::With(to));
                self.check(article, at);
            }
            What::Stow { package, .. } | What::Unstow { package, .. } => {
                let account = self.packages.get(&package).map(|entry| entry.1);
                assert_eq!(account, Some(Account::With(who)), "ledger: person {who} stows package {package} of others");
            }
            What::Restock { slot, package, .. } => {
                let article = self.home[slot].unwrap_or_else(|| panic!("ledger: nothing belongs into slot {slot}"));
                assert!(!self.packages.contains_key(&package), "ledger: package {package} came in twice");
                self.packages.insert(package, (article, Account::Slot(slot)));
                self.balances[article].stocked += 1;
                self.balances[article].shelf += 1;
                self.check(article, at);
            }
            What::Clear { slot, package, .. } => {
                let article = self.off_slot(package, slot);
                self.packages.remove(&package);
                self.balances[article].cleared += 1;
                self.check(article, at);
            }
            What::Leave { .. } => self.leave(who, at),
            What::Gone => {
                self.settle(who, at);
                self.guests.remove(&who);
            }
            What::Arrive | What::Scan { .. } | What::Enter { .. } | What::Press { .. } => {}
        }
    }

    fn off_slot(&mut self, package: Package, slot: usize) -> usize {
        let Some(&(article, account)) = self.packages.get(&package) else {
            panic!("ledger: package {package} leaves slot {slot}, but is not in the shop");
        };
        assert_eq!(account, Account::Slot(slot), "ledger: package {package} leaves slot {slot}, where it is not");
        match self.misplaced.remove(&package) {
            Some(_) => self.balances[article].misplaced -= 1,
            None => self.balances[article].shelf -= 1,
        }
        article
    }

    fn off_person(&mut self, package: Package, who: u32) -> usize {
        let Some(&(article, account)) = self.packages.get(&package) else {
            panic!("ledger: person {who} parts with package {package}, which is not in the shop");
        };
        assert_eq!(account, Account::With(who), "ledger: person {who} parts with package {package} of others");
        self.balances[article].carts -= 1;
        article
    }

    fn enter_at(&mut self, package: Package, account: Account) {
        let entry = self.packages.get_mut(&package).expect("a package that is there");
        entry.1 = account;
        let balance: &mut Balance = &mut self.balances[entry.0];
        match account {
            Account::With(_) => balance.carts += 1,
            Account::Slot(slot) if self.home[slot] == Some(entry.0) => balance.shelf += 1,
            Account::Slot(_) => balance.misplaced += 1,
        }
    }

    /// Somebody leaves with what they have.
    fn leave(&mut self, who: u32, at: EventTime) {
        let carried: Vec<(Package, usize)> = (self.packages.iter())
            .filter(|(_, entry)| entry.1 == Account::With(who))
            .map(|(&package, entry)| (package, entry.0))
            .collect();
        for (package, article) in carried {
            self.packages.remove(&package);
            self.paid.remove(&package);
            self.balances[article].carts -= 1;
            self.balances[article].sold += 1;
            self.check(article, at);
        }
        self.settle(who, at);
    }

    /// One less to wait for; with the last one, the visit is settled.
    fn settle(&mut self, who: u32, at: EventTime) {
        let Some(guest) = self.guests.get_mut(&who).filter(|guest| guest.awaited) else { return };
        guest.awaited = false;
        let (visit, role) = (guest.person.visit, guest.person.role.clone());
        let awaited = self.awaited.get_mut(&visit).expect("a visit that is open");
        *awaited -= 1;
        if *awaited > 0 {
            return;
        }
        self.awaited.remove(&visit);
        let bills = std::mem::take(&mut self.bills);
        let (own, others): (BTreeMap<_, _>, _) = bills.into_iter().partition(|(_, (of, _))| *of == visit);
        self.bills = others;
        let mut lines: Vec<Line> = own.values().map(|(_, line)| *line).collect();
        lines.sort_by_key(|line| (line.taken_at, line.package));
        self.paid.extend(own.into_iter().filter(|(package, _)| self.packages.contains_key(package)));
        let member = match role {
            Role::Member(number) => Some(number),
            Role::Tailgater => None,
            Role::Staff(_) => return,
        };
        let total_minor = lines.iter().map(|line| line.unit_price_minor).sum();
        self.settled.push(Receipt { visit, member, closed_at: at, lines, total_minor });
    }

    fn check(&self, article: usize, at: EventTime) {
        let balance = self.balances[article];
        assert!(balance.holds(), "ledger: goods of article {article} are not conserved at {}: {balance:?}", at.0);
    }

    /// Counts every package where it is, as slowly as can be, and compares: panics, in words, when the books are wrong.
    pub fn audit(&self) {
        let mut counted = vec![Balance::default(); self.balances.len()];
        for (package, &(article, account)) in &self.packages {
            match account {
                Account::With(_) => counted[article].carts += 1,
                Account::Slot(slot) if self.home[slot] == Some(article) => counted[article].shelf += 1,
                Account::Slot(_) => {
                    counted[article].misplaced += 1;
                    assert!(self.misplaced.contains_key(package), "ledger: package {package} is misplaced unnoticed");
                }
            }
        }
        for (article, (balance, counted)) in self.balances.iter().zip(counted).enumerate() {
            let seen = Balance { stocked: balance.stocked, sold: balance.sold, cleared: balance.cleared, ..counted };
            assert_eq!(*balance, seen, "ledger: article {article} is not where the books say");
            assert!(balance.holds(), "ledger: goods of article {article} are not conserved: {balance:?}");
        }
    }

    /// Where the packages of every article are.
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }

    /// What lies where it does not belong.
    pub fn misplaced(&self) -> &BTreeMap<Package, Misplacement> {
        &self.misplaced
    }

    /// Visits settled since this was last asked, in order.
    pub fn take_receipts(&mut self) -> Vec<Receipt> {
        std::mem::take(&mut self.settled)
    }

    /// What came back after its visit was settled, since this was last asked.
    pub fn take_refunds(&mut self) -> Vec<Refund> {
        std::mem::take(&mut self.refunds)
    }
}
