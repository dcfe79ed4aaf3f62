// Follows every link, form and asset of a site from where the tab is, as the person who is signed in there. Gives a list of
// faults, and of addresses outside the site.
async (start) => {
    const faults = [], outside = new Set(), seen = new Map(), queue = [new URL(start, location.href).href];
    // Pages of the same shape: an id is as good as another one.
    const shape = (url) => url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{3,}/g, '{id}') + '?' + [...url.searchParams.keys()].sort();
    const known = new Set(queue);
    const note = (from, address, follow) => {
        if (!address || address.startsWith('#')) return;
        const url = new URL(address, from);
        url.hash = '';
        if (url.protocol === 'data:') return;
        if (url.origin !== location.origin) { outside.add(`${url.origin}${url.pathname}`); return; }
        const count = seen.get(shape(url)) ?? 0;
        if (known.has(url.href) || (follow && count >= 2)) return;
        seen.set(shape(url), count + 1);
        known.add(url.href);
        queue.push(url.href);
    };
    let visited = 0;
    while (queue.length > 0) {
        const address = queue.shift();
        const answer = await fetch(address, { headers: { accept: 'text/html,*/*' } });
        visited += 1;
        // A form's address answers 405 to whoever only looks at it.
        if (answer.status === 404 || answer.status >= 500) faults.push(`${answer.status} ${address}`);
        if (!(answer.headers.get('content-type') ?? '').startsWith('text/html')) continue;
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        for (const each of page.querySelectorAll('a[href]')) note(answer.url, each.getAttribute('href'), true);
        for (const each of page.querySelectorAll('link[href]')) note(answer.url, each.getAttribute('href'), false);
        for (const each of page.querySelectorAll('[src]')) note(answer.url, each.getAttribute('src'), false);
        for (const each of page.querySelectorAll('form[action]')) note(answer.url, each.getAttribute('action'), true);
    }
    return { faults, outside: [...outside].sort(), visited };
}
