/** English: the catalogue that defines which words there are. Functions get the number and, formatted, its text. */
const s = (n: number) => (n === 1 ? '' : 's')

export const en = {
  nav: { label: 'Main', feed: 'Feed', live: 'Live', create: 'Create', wallet: 'Wallet', me: 'Me', home: 'Cadeau, to the feed', skip: 'Skip to the content' },
  common: {
    again: 'Try again', cancel: 'Cancel', close: 'Close', back: 'Back', save: 'Save', copy: 'Copy', copied: 'Copied', delete: 'Delete', more: 'More',
    loading: 'Loading', theEnd: 'That is everything', wrong: 'This did not work', share: 'Share', linkCopied: 'Link copied', live: 'Live', you: 'you',
  },
  need: {
    title: 'Join in',
    like: 'An account remembers what you like.', comment: 'An account lets you comment.', follow: 'An account remembers whom you follow.',
    say: 'An account gives you a voice in the room.', gift: 'An account holds your coins and sends your gifts.', live: 'An account lets you go live.',
    upload: 'An account holds your videos.', coins: 'An account holds your coins.',
    join: 'Create an account', signIn: 'I have one', adultsTitle: 'This is for 18 and over',
    adultsText: 'Going live, buying coins and sending gifts are open to people who are 18 or older. Everything else is yours: watch, like, follow and chat as much as you want.',
    adultsOk: 'All right',
  },
  feed: {
    title: 'Feed', forYou: 'For you', following: 'Following', play: 'Play', pause: 'Pause', soundOn: 'Turn sound on', soundOff: 'Turn sound off', tapForSound: 'Tap for sound',
    like: 'Like', unlike: 'Take the like back', comments: 'Comments', position: 'Position', next: 'Next video', previous: 'Previous video',
    emptyTitle: 'The stage is yours', emptyText: 'No videos here yet. Be the first to show something.', emptyAction: 'Upload a video',
    followingTitle: 'Follow somebody', followingText: 'The videos of the people you follow will be here.', followingAction: 'Discover',
    end: 'You have seen it all', endText: 'Have a look at who is live right now.', endAction: 'Live now', liveCard: 'is live now', enter: 'Enter the room', share: 'Share',
    videoBy: (name: string) => `Video by ${name}`, broken: 'This video does not play here.',
  },
  comments: {
    title: (n: number, text: string) => `${text} comment${s(n)}`, none: 'No comments yet', noneText: 'Say the first nice thing.', placeholder: 'Say something nice',
    send: 'Send', removed: 'Comment deleted', delete: 'Delete this comment',
  },
  live: {
    title: 'Live now', empty: 'Nobody is live at the moment', emptyText: 'Somebody has to begin. Why not you?', emptyAction: 'Go live',
    viewers: (n: number, text: string) => `${text} viewer${s(n)}`, untitled: 'Live',
  },
  room: {
    viewers: 'Viewers', topGivers: 'Top givers', follow: 'Follow', following: 'Following', followName: (name: string) => `Follow ${name}`, unfollowName: (name: string) => `Stop following ${name}`,
    say: 'Say something', send: 'Send', gift: 'Send a gift', share: 'Share', leave: 'Leave the room', heart: 'Send a heart', unmute: 'Tap for sound', mute: 'Mute', unmuteButton: 'Sound on',
    chat: 'Chat', fresh: (n: number, text: string) => `${text} new`, reconnecting: 'Reconnecting', away: 'The host will be right back', awayText: 'Stay: the picture returns by itself.',
    idle: 'Not live right now', idleText: 'The picture begins as soon as the host does.', ended: 'This live has ended', endedText: 'Thank you for being here.', endedAction: 'See who is live',
    peak: 'Most at once', likes: 'Hearts', coins: 'Coins', joining: 'Joining', removedLine: 'Line taken back', gone: 'This room does not exist',
    sentGift: (gift: string, count: string) => `sent ${gift} × ${count}`, started: 'The live has begun', stopped: 'The live is paused', endedNotice: 'The live has ended',
    quietFor: (time: string) => `You can write again at ${time}`, moderate: 'Moderate', removeLine: 'Take this line back', muteTen: 'Mute for 10 minutes', unmutePerson: 'Let them write again',
    mutedDone: 'Muted for 10 minutes', unmutedDone: 'May write again', host: 'Host', welcome: 'Be kind, have fun. Gifts make the host’s day.', profile: 'See the profile', actions: 'What to do with this line',
  },
  gifts: {
    title: 'Send a gift', balance: 'Balance', get: 'Get coins', send: 'Send', sendOne: (gift: string, coins: string) => `Send ${gift}, ${coins} coins`, pick: (gift: string, coins: string) => `${gift}, ${coins} coins`,
    hint: 'Tap again to send, hold for a combo', combo: 'combo', short: (coins: string) => `${coins} coins are missing`, thenSend: (gift: string) => `Then your ${gift} goes out.`,
    sent: (gift: string, count: string) => `${gift} × ${count} sent`, coins: (n: number, text: string) => `${text} coin${s(n)}`,
    names: { rose: 'Rose', heart: 'Heart', coffee: 'Coffee', icecream: 'Ice cream', cake: 'Cake', balloons: 'Balloons', bouquet: 'Bouquet', teddy: 'Teddy', crown: 'Crown', fireworks: 'Fireworks', rocket: 'Rocket', castle: 'Castle' } as Record<string, string>,
  },
  coins: { title: 'Get coins', completed: 'Your coins are here', buy: (coins: string, price: string) => `Buy ${coins} coins for ${price}`, bought: (coins: string) => `${coins} coins are yours`, pending: 'Waiting for the payment', failed: 'The payment did not go through', none: 'No packs are on sale', backToRoom: 'Back to where you were' },
  studio: {
    title: 'Studio', name: 'Title', namePlaceholder: 'What is it about?', camera: 'Camera', microphone: 'Microphone', screen: 'Screen', source: 'Picture', quality: 'Quality', orientation: 'Shape', portrait: 'Portrait', landscape: 'Landscape',
    golive: 'Go live', cancel: 'Not yet', device: (n: number) => `Device ${n}`, chooseScreen: 'Choose what to show', level: 'Microphone level', preview: 'Preview', standard: 'Standard device',
    end: 'End', endTitle: 'End the live?', endText: 'Your viewers will see the goodbye, and the room closes for good.', endYes: 'End it', endNo: 'Keep going',
    connecting: 'Connecting', reconnecting: 'Connection lost. Going live again by itself', onAir: 'On air', time: 'On air for', earned: 'Coins from gifts', viewers: 'Viewers', likes: 'Hearts', peak: 'Most viewers at once',
    health: 'Health', bitrate: 'Bitrate', frames: 'Frames', loss: 'Loss', good: 'Good', fair: 'Unsteady', bad: 'Poor', starting: 'Starting', micOff: 'Microphone off', micOn: 'Microphone on', camOff: 'Picture off', camOn: 'Picture on', muteMic: 'Mute the microphone', unmuteMic: 'Unmute the microphone', hideCam: 'Hide the picture', showCam: 'Show the picture', share: 'Share the room',
    afterTitle: 'That was lovely', afterText: 'Here is what happened.', again: 'Go live again', viewRoom: 'See the room', duration: 'Length',
    mineTitle: 'Your room is still open', mineText: (title: string) => `“${title}” can be taken up again where it stopped.`, take: 'Take it up again', elsewhere: 'You are live from another program', elsewhereText: 'Numbers, chat and gifts are here; the picture comes from elsewhere.', endRoom: 'End that room',
    obsTitle: 'Stream with OBS', obsText: 'In OBS choose Settings, Stream, Service “WHIP”, and paste these two.', obsUrl: 'Server', obsKey: 'Bearer token', obsMake: 'Get a stream key', obsSecret: 'Keep the key to yourself: who has it can go live in your name.', reveal: 'Show', hide: 'Hide',
    deniedTitle: 'Camera and microphone are blocked', deniedText: 'Allow them for this site with the symbol at the left of the address, then try again.', missingTitle: 'No camera was found', missingText: 'Plug one in, share your screen instead, or stream with OBS.',
    busyTitle: 'The camera is in use', busyText: 'Another program has it. Close that one, then try again.', failedTitle: 'The camera did not start', insecureTitle: 'The browser gives no camera here', insecureText: 'Cameras need a secure address (https) or this very computer.',
    lostTitle: 'The picture stopped', lostText: 'The device was unplugged or the sharing ended. Choose another one: your viewers wait.', lostMic: 'The microphone was unplugged. Choose another one.', useScreen: 'Share my screen', allowTitle: 'Show yourself', allowText: 'The browser will ask for your camera and microphone.', allow: 'Turn the camera on',
    rules: 'Be kind. Respect people’s privacy.', noGifts: 'Chat and gifts appear here.', activity: 'Activity',
  },
  upload: {
    title: 'Upload', drop: 'Drop a video here', dropText: 'or pick one: MP4, MOV or WebM, up to 512 MB and 10 minutes', pick: 'Pick a video', caption: 'Caption', captionPlaceholder: 'What is it about? #hashtags help', start: 'Upload',
    uploading: 'Uploading', paused: 'Paused', pause: 'Pause', resume: 'Go on', discard: 'Discard', speed: (text: string) => `${text}/s`, left: (text: string) => `${text} left`, resumed: 'Going on where it stopped',
    notVideo: 'This is not a video.', tooLarge: 'This is larger than 512 MB.', processing: 'Making it ready', ready: 'It is out', readyText: 'Your video is in the feed.', see: 'See it', another: 'Upload another', rejected: 'This video cannot be published',
    stages: { queued: 'Waiting for its turn', probing: 'Looking at it', transcoding: 'Making it fit every screen', storing: 'Putting it in place' } as Record<string, string>,
    interrupted: 'An upload was interrupted', interruptedText: (name: string) => `Pick “${name}” again and it goes on where it stopped.`, forget: 'Forget it', leave: 'You may leave this page: it goes on.', preview: 'Preview of your video', change: 'Pick another',
  },
  wallet: {
    title: 'Wallet', coins: 'Coins', earnings: 'Earnings', pending: 'Pending', payable: 'Payable', pendingText: 'Held for a few days, then payable', statement: 'Statement', all: 'Everything', download: 'Download as CSV', none: 'Nothing here yet', noneText: 'Every coin that moves is written down here.',
    kinds: { purchase: 'Coins bought', gift_sent: 'Gifts sent', gift_received: 'Gifts received', release: 'Released', grant: 'Granted' } as Record<string, string>,
    one: { purchase: 'Coins bought', gift_sent: 'Gift sent', gift_received: 'Gift received', release: 'Became payable', grant: 'A present from the house' } as Record<string, string>,
    filter: 'Filter', balanceAfter: (text: string) => `${text} after`, withName: (name: string) => `with ${name}`, accounts: { coins: 'Coins', pending: 'Pending', payable: 'Payable' } as Record<string, string>,
  },
  profile: {
    followers: (n: number) => `follower${s(n)}`, following: 'following', videos: 'Videos', edit: 'Edit profile', name: 'Name', bio: 'About you', joined: (date: string) => `Here since ${date}`, noVideos: 'No videos yet', noVideosText: 'What gets uploaded will be here.', firstVideo: 'Upload your first',
    liveNow: 'Live now', settings: 'Settings', language: 'Language', theme: 'Theme', dark: 'Dark', light: 'Light', signOut: 'Sign out', notFound: 'Nobody has this name', notFoundText: 'Maybe it was mistyped, or the account is gone.', followersTitle: 'Followers', followingTitle: 'Following', nobody: 'Nobody yet', processing: 'Processing', rejected: 'Rejected', views: (n: number, text: string) => `${text} view${s(n)}`, saved: 'Saved', wallet: 'Wallet', studio: 'Studio', avatarLive: (name: string) => `${name} is live: enter the room`, deleteVideo: 'Delete this video', deleteText: 'It is gone for everybody, for good.', deleted: 'Video deleted',
  },
  account: {
    join: 'Create your account', signIn: 'Welcome back', handle: 'Handle', handleHint: '3 to 24 of a–z, 0–9, _ and . ; begins with a letter', name: 'Name', nameHint: 'What people see; you can change it', password: 'Password', passwordHint: 'At least 8 characters', birthdate: 'Date of birth', birthdateHint: 'Nobody sees it. From 13 on you may join.',
    joinButton: 'Join', signInButton: 'Sign in', haveOne: 'You have an account?', haveNone: 'New here?', toSignIn: 'Sign in', toJoin: 'Create an account', welcome: (name: string) => `Welcome, ${name}`, tagline: 'Short videos, live rooms, and gifts that arrive while it happens.', show: 'Show the password', hide: 'Hide the password',
  },
  create: { title: 'Create', live: 'Go live', liveText: 'Camera or screen, right now', upload: 'Upload a video', uploadText: 'Up to 10 minutes, into the feed' },
  missing: { title: 'Nothing is here', text: 'The page may have moved, or it never was.', action: 'To the feed' },
  /** By `code`; where there is none the server's own sentence is shown. */
  errors: {
    offline: 'No connection to the server.', unexpected: 'Something went wrong. Try again.', rate_exceeded: 'That was a lot at once. Wait a moment.', body_too_large: 'That is too large.',
    too_young: 'From 13 years on you are welcome. See you then!', wrong_credentials: 'Handle and password do not match.', handle_taken: 'Somebody has this handle already.', unauthenticated: 'Sign in first.', not_signed_in: 'Sign in first.', forbidden: 'This is not yours to do.', not_found: 'This does not exist.', adults_only: 'This is for people of 18 and over.', invalid_request: 'Something in it is not right.', bad_origin: 'The page was opened under another address.',
    insufficient_coins: 'You do not have enough coins for this.', idempotency_key_reused: 'This purchase was already made. Look at your statement.', no_such_gift: 'This gift is no longer there.', no_such_pack: 'This pack is no longer there.', gift_to_self: 'A gift to yourself does not count.', purchase_failed: 'The payment did not go through.',
    room_not_live: 'The room is not live right now.', room_ended: 'This live has ended.', already_publishing: 'Somebody is already live in this room with this key. End that one first.', wrong_stream_key: 'The stream key is not right.', viewers_full: 'The room is full. Try again in a moment.', no_common_codec: 'This browser cannot play the format of this live.', bad_sdp: 'The connection could not be agreed.', room_limit: 'You have a room already.', muted: 'You cannot write here for a while.', not_moderator: 'Only the host and moderators can do this.', text_too_long: 'That is too long.',
    http_404: 'This does not exist.', http_500: 'The server had a problem. Try again.', http_502: 'The server is not there right now.', http_503: 'The server is busy. Try again in a moment.',
    capture_denied: 'Camera and microphone are blocked for this site.', capture_missing: 'No camera was found.', capture_busy: 'The camera is in use by another program.', capture_failed: 'The camera did not start.', capture_unavailable: 'The browser gives no camera here.',
    not_a_video: 'The file is not a video that can be read.', unsupported_media: 'The file is not a video that can be read.', too_long: 'The video is longer than 10 minutes.', upload_too_large: 'The file is larger than 512 MB.', upload_expired: 'The upload waited too long. Begin again.',
  } as Record<string, string>,
}

export type Messages = typeof en
