/** What somebody may pin in their room and tag in their videos: what they sell, and what they promote. */
import { earning } from '../../api/shop/affiliates'
import { products, type ProductCard } from '../../api/shop/shop'
import { session } from '../people/session.svelte'

export async function showable(): Promise<ProductCard[]> {
  const handle = session.me?.handle
  if (!handle) return []
  const lists = await Promise.allSettled([
    products(handle, null).then((page) => page.items),
    earning().then((found) => found.promoted.map((one) => one.product)),
  ])
  const all = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
  return [...new Map(all.filter((one) => one.state === 'offered').map((one) => [one.id, one])).values()]
}
