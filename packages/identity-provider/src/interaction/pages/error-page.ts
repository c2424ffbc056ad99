import { wordsIn } from './locale.ts'
import { opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** What cannot be told to the relying party, or ends the interaction. Codes are stable. */
export type PageError = keyof typeof english

const english = {
  unknown_client: {
    title: 'We do not know this app',
    happened:
      'The app that sent you here is not registered with us, so we cannot sign you in to it.',
    mend: 'Go back and start again from the app’s own page. If that does not help, tell the people who run it.',
  },
  invalid_redirect_uri: {
    title: 'This app’s address does not match',
    happened:
      'The app asked to return you to an address that it has not registered. To keep you safe, we stopped here.',
    mend: 'Start again from the app’s own page. If it happens again, tell the people who run it.',
  },
  invalid_request: {
    title: 'The request was not complete',
    happened: 'The app sent something that we could not read.',
    mend: 'Go back and try again. If it happens again, tell the people who run the app.',
  },
  interaction_expired: {
    title: 'This page has expired',
    happened:
      'It was open for too long, was used already, or belongs to another browser. Nothing was changed.',
    mend: 'Go back to the app and try again.',
  },
  form_expired: {
    title: 'Please send that again',
    happened: 'We could not tell that the form came from this page, so nothing was done with it.',
    mend: 'Go back one page, reload it and try again. Cookies have to be allowed for this site.',
  },
  different_user: {
    title: 'That is a different account',
    happened:
      'You were asked to confirm as one person, and the answer belongs to another. Nobody was signed in or out.',
    mend: 'Go back and use the account that was shown, or sign out of the app first.',
  },
  not_found: {
    title: 'There is nothing here',
    happened: 'This address does not lead to a page.',
    mend: 'Go back to the app and try again.',
  },
  too_large: {
    title: 'That was too much to read',
    happened: 'The request was larger than we accept, so nothing was done with it.',
    mend: 'Go back to the app and try again.',
  },
  temporarily_unavailable: {
    title: 'We are busy just now',
    happened: 'We could not take your request in time. You are still signed in where you were.',
    mend: 'Please wait a moment and try again.',
  },
  server_error: {
    title: 'Something went wrong on our side',
    happened:
      'It is not your fault. You are still signed in where you were, and nothing was changed.',
    mend: 'Please try again. If it happens again, tell us the reference below.',
  },
}

const words = wordsIn({
  en: { reference: 'Reference: ', texts: english },
  de: {
    reference: 'Referenz: ',
    texts: {
      unknown_client: {
        title: 'Wir kennen diese App nicht',
        happened:
          'Die App, von der Sie kommen, ist bei uns nicht registriert. Deshalb können wir Sie dort nicht anmelden.',
        mend: 'Gehen Sie zurück und beginnen Sie auf der Seite der App von vorn. Wenn das nicht hilft, wenden Sie sich an deren Betreiber.',
      },
      invalid_redirect_uri: {
        title: 'Die Adresse der App stimmt nicht',
        happened:
          'Die App wollte Sie an eine Adresse zurückschicken, die sie nicht registriert hat. Zu Ihrer Sicherheit haben wir hier angehalten.',
        mend: 'Beginnen Sie auf der Seite der App von vorn. Wenn es wieder geschieht, wenden Sie sich an deren Betreiber.',
      },
      invalid_request: {
        title: 'Die Anfrage war nicht vollständig',
        happened: 'Die App hat etwas gesendet, das wir nicht lesen konnten.',
        mend: 'Gehen Sie zurück und versuchen Sie es noch einmal. Wenn es wieder geschieht, wenden Sie sich an die Betreiber der App.',
      },
      interaction_expired: {
        title: 'Diese Seite ist abgelaufen',
        happened:
          'Sie war zu lange geöffnet, wurde schon benutzt oder gehört zu einem anderen Browser. Nichts wurde geändert.',
        mend: 'Gehen Sie zurück zur App und versuchen Sie es noch einmal.',
      },
      form_expired: {
        title: 'Bitte senden Sie das noch einmal',
        happened:
          'Wir konnten nicht erkennen, dass das Formular von dieser Seite kam. Deshalb ist nichts damit geschehen.',
        mend: 'Gehen Sie eine Seite zurück, laden Sie sie neu und versuchen Sie es noch einmal. Cookies müssen für diese Seite erlaubt sein.',
      },
      different_user: {
        title: 'Das ist ein anderes Konto',
        happened:
          'Eine Person sollte bestätigen, die Antwort gehört aber zu einer anderen. Niemand wurde an- oder abgemeldet.',
        mend: 'Gehen Sie zurück und verwenden Sie das gezeigte Konto, oder melden Sie sich zuerst in der App ab.',
      },
      not_found: {
        title: 'Hier ist nichts',
        happened: 'Diese Adresse führt zu keiner Seite.',
        mend: 'Gehen Sie zurück zur App und versuchen Sie es noch einmal.',
      },
      too_large: {
        title: 'Das war zu viel',
        happened: 'Die Anfrage war größer, als wir annehmen. Deshalb ist nichts damit geschehen.',
        mend: 'Gehen Sie zurück zur App und versuchen Sie es noch einmal.',
      },
      temporarily_unavailable: {
        title: 'Wir sind gerade ausgelastet',
        happened:
          'Wir konnten Ihre Anfrage nicht rechtzeitig annehmen. Wo Sie angemeldet waren, sind Sie es noch.',
        mend: 'Bitte warten Sie einen Moment und versuchen Sie es noch einmal.',
      },
      server_error: {
        title: 'Bei uns ist etwas schiefgegangen',
        happened:
          'Es liegt nicht an Ihnen. Wo Sie angemeldet waren, sind Sie es noch, und nichts wurde geändert.',
        mend: 'Bitte versuchen Sie es noch einmal. Wenn es wieder geschieht, nennen Sie uns die Referenz unten.',
      },
    },
  },
  fr: {
    reference: 'Référence : ',
    texts: {
      unknown_client: {
        title: 'Nous ne connaissons pas cette application',
        happened:
          'L’application qui vous envoie n’est pas enregistrée chez nous. Nous ne pouvons donc pas vous y connecter.',
        mend: 'Revenez en arrière et recommencez depuis la page de l’application. Si cela ne suffit pas, prévenez ses responsables.',
      },
      invalid_redirect_uri: {
        title: 'L’adresse de cette application ne correspond pas',
        happened:
          'L’application a demandé à vous renvoyer vers une adresse qu’elle n’a pas enregistrée. Par sécurité, nous nous sommes arrêtés ici.',
        mend: 'Recommencez depuis la page de l’application. Si cela se reproduit, prévenez ses responsables.',
      },
      invalid_request: {
        title: 'La demande était incomplète',
        happened: 'L’application a envoyé quelque chose que nous n’avons pas pu lire.',
        mend: 'Revenez en arrière et réessayez. Si cela se reproduit, prévenez les responsables de l’application.',
      },
      interaction_expired: {
        title: 'Cette page a expiré',
        happened:
          'Elle est restée ouverte trop longtemps, a déjà servi ou appartient à un autre navigateur. Rien n’a été modifié.',
        mend: 'Revenez à l’application et réessayez.',
      },
      form_expired: {
        title: 'Veuillez renvoyer le formulaire',
        happened:
          'Nous n’avons pas pu vérifier que le formulaire venait de cette page. Il n’a donc pas été pris en compte.',
        mend: 'Revenez à la page précédente, rechargez-la et réessayez. Les cookies doivent être autorisés pour ce site.',
      },
      different_user: {
        title: 'C’est un autre compte',
        happened:
          'La confirmation était demandée à une personne, et la réponse vient d’une autre. Personne n’a été connecté ni déconnecté.',
        mend: 'Revenez en arrière et utilisez le compte affiché, ou déconnectez-vous d’abord de l’application.',
      },
      not_found: {
        title: 'Il n’y a rien ici',
        happened: 'Cette adresse ne mène à aucune page.',
        mend: 'Revenez à l’application et réessayez.',
      },
      too_large: {
        title: 'La demande était trop volumineuse',
        happened:
          'Elle dépassait la taille que nous acceptons et n’a donc pas été prise en compte.',
        mend: 'Revenez à l’application et réessayez.',
      },
      temporarily_unavailable: {
        title: 'Nous sommes occupés en ce moment',
        happened:
          'Nous n’avons pas pu traiter votre demande à temps. Vous restez connecté là où vous l’étiez.',
        mend: 'Patientez un instant et réessayez.',
      },
      server_error: {
        title: 'Un problème est survenu de notre côté',
        happened:
          'Ce n’est pas votre faute. Vous restez connecté là où vous l’étiez, et rien n’a été modifié.',
        mend: 'Veuillez réessayer. Si cela se reproduit, indiquez-nous la référence ci-dessous.',
      },
    },
  },
})

/** Every code. */
export const pageErrors = Object.keys(english) as readonly PageError[]

export interface ErrorPageModel extends PageFrame {
  readonly error: PageError
  /** Finds the entry in the log. Tells nothing by itself. */
  readonly reference: string
  /** A way on, followed by GET; its address must be known to be safe. Absent: none is known. */
  readonly back?: { readonly href: string; readonly label: string }
}

export function errorPage(model: ErrorPageModel): Html {
  const { reference, texts } = words(model)
  const { title, happened, mend } = texts[model.error]
  return document(model, {
    page: 'error',
    title,
    failed: true,
    main: html`${opening(title, happened)}
      <p>${mend}</p>
      ${model.back !== undefined && html`<p class="action"><a class="button primary" href="${model.back.href}">${model.back.label}</a></p>`}
      <p class="fine">${reference}<code class="reference">${model.reference}</code></p>`,
  })
}
