import type { PaymentDetails } from './payment-details.ts'

export interface Customer {
  readonly name: string
  /** May open the admin dashboard. A level says how surely it is this person; this says what the person may do. */
  readonly operator: boolean
  paymentDetails: PaymentDetails
  readonly cardNumber: string
}

/** The bank's own knowledge of its customers, by the `sub` of their tokens. In memory. */
export class Customers {
  readonly #bySubject = new Map<string, Customer>()

  add(subject: string, { name, operator }: Pick<Customer, 'name' | 'operator'>): Customer {
    const customer = {
      name,
      operator,
      paymentDetails: { holder: name, iban: 'NL91ABNA0417164300' },
      cardNumber: `5555 4444 3333 ${String(1100 + this.#bySubject.size)}`,
    }
    this.#bySubject.set(subject, customer)
    return customer
  }

  /** Whoever can sign in and is not known yet becomes a customer. */
  of(subject: string): Customer {
    return this.#bySubject.get(subject) ?? this.add(subject, { name: 'Customer', operator: false })
  }

  get all(): readonly Customer[] {
    return [...this.#bySubject.values()]
  }
}
