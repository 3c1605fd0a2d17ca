import { isolated } from '../../isolate'

export const reactions = {
  title: 'Likes and comments',
  private: 'Only you see this list. It also has what is on videos you can’t see any more.',
  which: 'What is listed',
  likes: 'Likes',
  comments: 'Comments',
  gone: 'A video you can’t see any more',
  untitled: 'A video without a caption',
  unlike: (title: string) => `Take back your like of ${isolated(title)}`,
  unliked: 'Like taken back',
  delete: (text: string) => `Delete your comment: ${isolated(text)}`,
  deleteTitle: 'Delete this comment?',
  deleteText: 'Its replies go with it. This can’t be undone.',
  deleteYes: 'Delete',
  deleted: 'Comment deleted',
  reply: 'Reply',
  emptyLikes: 'No likes yet',
  emptyLikesText: 'Videos you like will show up here.',
  emptyComments: 'No comments yet',
  emptyCommentsText: 'What you write under videos will show up here.',
}
