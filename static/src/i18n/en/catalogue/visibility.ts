export const visibility = {
  label: 'Who can watch',
  public: 'Everyone',
  publicText: 'Anyone, also in the feed and in links.',
  followers: 'Followers',
  followersText: 'Only people who follow you.',
  private: 'Only me',
  privateText: 'Nobody else.',
  edit: 'Edit video',
  saved: 'Video updated',
  files: 'People who kept the address of a file of this video can still open it. Delete the video to take it back.',
  more: 'More',
  menu: 'Video',
}
